"""Which file of a repository a SARIF log means."""

import posixpath
from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit

from bottega.check.reports.sarif_model import Artifact, ArtifactLocation

MAX_BASES = 20
MAX_PATH = 4_096


class Places:
    """Of one run. ``root`` is the folder the tool ran in, as a path or a ``file`` URI; empty if nobody said."""

    def __init__(
        self, bases: Mapping[str, ArtifactLocation], artifacts: Sequence[Artifact], root: str = ""
    ) -> None:
        self._bases = bases
        self._artifacts = artifacts
        self._root = _absolute(root)
        self._known: dict[tuple[str, str, int], str | None] = {}

    def path(self, location: ArtifactLocation | None) -> str | None:
        """The path in the repository, with ``/``; None for what lies outside of it, or is no file."""
        if location is None:
            return None
        key = (location.uri, location.uriBaseId, location.index)
        if key not in self._known:
            self._known[key] = self._resolved(location)
        return self._known[key]

    def _resolved(self, location: ArtifactLocation) -> str | None:
        if not location.uri and 0 <= location.index < len(self._artifacts):
            location = self._artifacts[location.index].location or location
        if not location.uri:
            return None
        uri, base = location.uri.replace("\\", "/"), location.uriBaseId
        for _ in range(MAX_BASES):
            if not base or _is_absolute(uri):
                break
            above = self._bases.get(base, ArtifactLocation())
            # The top of a chain says where the repository was on the tool's machine, which is its root for us.
            if _is_absolute(above.uri) and not self._below_root(above.uri):
                break
            uri, base = posixpath.join(above.uri.replace("\\", "/"), uri), above.uriBaseId
        return self._inside(uri)

    def _below_root(self, uri: str) -> bool:
        return bool(self._root) and f"{_absolute(uri)}/".startswith(f"{self._root.rstrip('/')}/")

    def _inside(self, uri: str) -> str | None:
        if _is_absolute(uri):
            path = _absolute(uri)
            if not self._below_root(uri):
                return None
            path = path.removeprefix(self._root).lstrip("/")
        else:
            path = unquote(uri)
        path = posixpath.normpath(path)
        fits = path not in {"", "."} and not path.startswith(("../", "/")) and path != ".."
        return path if fits and len(path) <= MAX_PATH and "\0" not in path else None


def _is_absolute(uri: str) -> bool:
    return uri.startswith("/") or ":" in uri.partition("/")[0]


def _absolute(uri: str) -> str:
    """The path of an absolute URI or path; empty for other schemes."""
    if not uri:
        return ""
    uri = uri.replace("\\", "/")
    if uri.startswith("/"):
        return posixpath.normpath(uri)
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    if parts.scheme != "file":
        # C:/work is a path of its own kind.
        return f"/{uri}" if len(parts.scheme) == 1 else ""
    return posixpath.normpath(unquote(parts.path) or "/")
