"""Which bytes of a file a request asks for (RFC 9110, sections 13 and 14)."""

import re

_ONE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)


class Unsatisfiable(Exception):
    """The range begins behind the end of the file."""


def wanted(header: str | None, size: int) -> tuple[int, int] | None:
    """Start and end (exclusive) of one range of bytes; None for the whole file.

    A header that is no range, or several, is ignored, as it may be. Raises :class:`Unsatisfiable`.
    """
    found = _ONE.fullmatch(header or "")
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = int(found[2])
        if not length or not size:
            raise Unsatisfiable
        return max(0, size - length), size
    start = int(found[1])
    if found[2] and int(found[2]) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return start, min(int(found[2]) + 1, size) if found[2] else size


def unchanged(header: str | None, tag: str) -> bool:
    """Whether an ``If-None-Match`` names the entity tag, given without quotes."""
    if header is None:
        return False
    known = [one.strip().removeprefix("W/").strip('"') for one in header.split(",")]
    return "*" in known or tag in known
