"""The tools that are known by name, and the words images use for them. Imported by every runner: it imports little."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNIFICANT: Mapping[str, int] = {
    "jdk": 1,
    "maven": 1,
    "gradle": 1,
    "ant": 1,
    "node": 1,
    "npm": 1,
    "yarn": 1,
    "go": 2,
    "python": 2,
    "cmake": 1,
    "gcc": 1,
    "php": 1,
}
"""How many numbers of a version have to agree, for every tool that agents look for; one for all others."""

WORDS: Mapping[str, str] = {
    **{name: name for name in SIGNIFICANT},
    "java": "jdk",
    "openjdk": "jdk",
    "mvn": "maven",
    "nodejs": "node",
    "golang": "go",
}
"""What images call the tools."""

EVERYWHERE = frozenset({"shell", "bash", "git", "zip", "open", "docker", "cloudbuild", "base", "x", "arm"})
"""Words of images that ask for nothing an agent could lack."""
