"""Sets of operations named by method and path."""

from collections.abc import Iterable


class PublicPaths:
    """Entries are ``METHOD /path``; ``*`` stands for any method, ``/*`` at the end for everything below.

    ``GET /static/*`` covers ``GET /static`` and ``GET /static/app.css`` but not ``GET /statics``; HEAD goes with GET. A
    slash at the end of a path makes no difference, as in routing.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self._exact: set[tuple[str, str]] = set()
        self._below: list[tuple[str, str]] = []
        for entry in entries:
            method, path = entry.split(" ", 1)
            if path.endswith("/*"):
                self._below.append((method, path[:-1]))
            else:
                self._exact.add((method, path.rstrip("/")))

    def contains(self, method: str, path: str) -> bool:
        """Whether the operation is in the set; ``path`` is decoded."""
        if method == "HEAD":
            method = "GET"
        path = path.rstrip("/")
        if (method, path) in self._exact or ("*", path) in self._exact:
            return True
        return any(each in {"*", method} and f"{path}/".startswith(below) for each, below in self._below)
