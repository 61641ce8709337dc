"""What an analyser reads beside the file it looks at, such as headers: its results are kept while that is the same."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

References = Callable[[str, bytes], Iterable[str]]
"""The paths below the root that a file may refer to, by its own path and content; they need not exist."""

MAX_BYTES = 4 << 20
"""Of a greater file only the beginning is read."""


def digests(root: Path, files: Sequence[str], references: References) -> dict[str, bytes]:
    """A digest for each file: of itself and of all it refers to, directly and by way of others."""
    graph = _Graph(root, references)
    for file in files:
        graph.visit(file)
    return {file: graph.digests[file] for file in files}


class _Graph:
    """Tarjan's algorithm: files that refer to each other in a circle have one digest."""

    def __init__(self, root: Path, references: References) -> None:
        self.digests: dict[str, bytes] = {}
        self._root = str(root)
        self._references = references
        self._names: dict[str, frozenset[str]] = {}
        self._contents: dict[str, bytes] = {}
        self._others: dict[str, list[str]] = {}
        self._numbers: dict[str, int] = {}
        self._lowest: dict[str, int] = {}
        self._open: list[str] = []

    def visit(self, start: str) -> None:
        """Give a file its digest, and all it refers to."""
        if start in self._numbers:
            return
        way = [(start, iter(self._enter(start)))]
        while way:
            file, rest = way[-1]
            for other in rest:
                if other not in self._numbers:
                    way.append((other, iter(self._enter(other))))
                    break
                if other not in self.digests:
                    self._lowest[file] = min(self._lowest[file], self._numbers[other])
            else:
                way.pop()
                if way:
                    before = way[-1][0]
                    self._lowest[before] = min(self._lowest[before], self._lowest[file])
                if self._lowest[file] == self._numbers[file]:
                    self._leave(file)

    def _enter(self, file: str) -> list[str]:
        self._numbers[file] = self._lowest[file] = len(self._numbers)
        self._open.append(file)
        content = _read(f"{self._root}/{file}")
        self._contents[file] = hashlib.blake2b(content, digest_size=16).digest()
        self._others[file] = sorted(
            {other for other in self._references(file, content) if self._is_there(other)}
        )
        return self._others[file]

    def _is_there(self, path: str) -> bool:
        folder, _, name = path.rpartition("/")
        names = self._names.get(folder)
        if names is None:
            try:
                names = frozenset(os.listdir(f"{self._root}/{folder}"))  # noqa: PTH208 - names are enough
            except OSError:
                names = frozenset[str]()
            self._names[folder] = names
        return name in names

    def _leave(self, file: str) -> None:
        """The files of a circle, or one that is in none, are done."""
        first = self._open.index(file)
        circle = sorted(self._open[first:])
        del self._open[first:]
        known = hashlib.blake2b(digest_size=16)
        for one in circle:
            known.update(os.fsencode(one) + b"\0" + self._contents[one] + b"\0")
        beyond = {other for one in circle for other in self._others[one]} - set(circle)
        for digest in sorted(self.digests[other] for other in beyond):
            known.update(digest)
        self.digests.update(dict.fromkeys(circle, known.digest()))


def beside(file: str, name: str) -> str | None:
    """The path of a file that another one names from its own folder; None for one that is not below the root."""
    path = os.path.normpath(os.path.join(os.path.dirname(file), name))  # noqa: PTH118, PTH120 - ".." has to go
    return None if path.startswith(("..", "/")) or "\0" in path else path


def _read(path: str) -> bytes:
    """The content; nothing of what is no file, or cannot be read."""
    try:
        # Never waits for a pipe that lies in the repository.
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return b""
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        return b""
    with open(number, "rb") as opened:  # noqa: PTH123 - it is open already
        return opened.read(MAX_BYTES)
