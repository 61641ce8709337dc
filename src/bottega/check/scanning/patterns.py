"""Names of files and folders as people write them: what a check is limited to, and what it leaves out."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from bottega.check.scanning.wire_text import sendable

_WILD = frozenset("*?")


def matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether a name is one of the patterns or lies below one. Both are relative, with ``/``.

    Names that are no UTF-8 are in patterns as they are sent.

    ``*`` and ``?`` match over folders too. Brackets are letters like any others: there are frameworks that want them in
    names, such as ``app/[id]/page.tsx``.
    """
    normal = [PurePosixPath(pattern).as_posix().strip("/") for pattern in patterns if pattern.strip("/ ")]
    if "." in normal:
        return lambda _name: True
    # A name may have a star in it, too.
    plain = frozenset(normal)
    wild = [pattern.replace("[", "[[]") for pattern in normal if not _WILD.isdisjoint(pattern)]

    def matches(name: str) -> bool:
        name = sendable(name)
        if plain:
            at = len(name)
            while at > 0:
                if name[:at] in plain:
                    return True
                at = name.rfind("/", 0, at)
        return any(fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}/*") for pattern in wild)

    return matches
