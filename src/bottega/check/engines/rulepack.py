"""Our own rules, as they lie in ``check/rulepack``: one YAML file each, in the form ast-grep knows.

Beside what ast-grep reads (``id, language, message, note, severity, rule, constraints, utils, fix``) a file has under
``metadata``: ``name``, ``level``, ``tags``, ``cwe``, ``owasp`` and lists of ``wrong`` and ``right`` examples.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from bottega.check.engines.base import COMPREHENSIVE, CRITICAL, GENERAL, OPTIONAL, RuleFacts
from bottega.check.severities import Severity

PACK = Path(__file__).parent.parent / "rulepack"

_SEVERITIES = {
    "error": Severity.FATAL,
    "warning": Severity.SERIOUS,
    "info": Severity.GENERAL,
    "hint": Severity.HINT,
}
_LEVELS = {"critical": CRITICAL, "general": GENERAL, "comprehensive": COMPREHENSIVE, "optional": OPTIONAL}
_FOLDERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "arkts": (("ARKTS",), ("typescript",)),
    "c": (("C++",), ("c", "cpp")),
    "csharp": (("C#",), ("csharp",)),
    "go": (("GO",), ("go",)),
    "java": (("JAVA",), ("java",)),
    "javascript": (("JAVASCRIPT", "TYPESCRIPT"), ("javascript", "typescript", "tsx")),
    "kotlin": (("KOTLIN",), ("kotlin",)),
    "lua": (("LUA",), ("lua",)),
    "php": (("PHP",), ("php",)),
    "python": (("PYTHON",), ("python",)),
    "rust": (("RUST",), ("rust",)),
    "scala": (("SCALA",), ("scala",)),
}
"""What each folder is about: our languages, and the grammars in which their files are parsed."""
_READ = ("message", "rule", "constraints", "utils", "transform", "fix")
"""What ast-grep needs of a file when it looks for findings."""

LANGUAGES = frozenset(language for languages, _ in _FOLDERS.values() for language in languages)


class PackRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. ``body`` is what ast-grep is given for each of ``grammars``; every example is one file."""

    facts: RuleFacts
    grammars: tuple[str, ...]
    body: dict[str, Any]
    wrong: tuple[str, ...]
    right: tuple[str, ...]


def pack() -> dict[str, PackRule]:
    """All our rules by their code."""
    return chosen(_files())


def chosen(codes: Iterable[str]) -> dict[str, PackRule]:
    """Those of our rules that have one of these codes. Only their files are read."""
    files = _files()
    return {code: _rule(files[code]) for code in codes if code in files}


@cache
def _files() -> dict[str, Path]:
    """The files of all rules by the codes of these, which are made of the names of folder and file."""
    return {f"{path.parent.name}-{path.stem}": path for path in sorted(PACK.glob("*/*.yml"))}


@cache
def _rule(path: Path) -> PackRule:
    import yaml  # noqa: PLC0415 - scans in other languages need not wait for it

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text: dict[str, Any] = yaml.load(path.read_bytes(), loader)  # noqa: S506 - a safe loader either way
    languages, grammars = _FOLDERS[path.parent.name]
    more: dict[str, Any] = text["metadata"]
    wrong, right = tuple(more["wrong"]), tuple(more["right"])
    advice = str(text["note"]).strip()
    message = str(text["message"])
    return PackRule(
        facts=RuleFacts(
            code=text["id"],
            name=more["name"],
            languages=languages,
            severity=_SEVERITIES[text["severity"]],
            level=_LEVELS[more["level"]],
            description=f"{message}\n\n{advice}",
            tags=tuple(more["tags"]),
            cwe=tuple(more.get("cwe", ())),
            owasp=tuple(more.get("owasp", ())),
            wrong_example="\n".join(wrong),
            right_example="\n".join(right),
            advice=advice,
            fixable="fix" in text,
        ),
        grammars=grammars,
        body={key: text[key] for key in _READ if key in text},
        wrong=wrong,
        right=right,
    )
