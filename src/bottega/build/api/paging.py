"""Page numbers, sizes, offsets and filters as the operations take them; refusals name the field."""

from bottega.errors import Invalid

MAX_PAGE_SIZE = 100
MAX_INDEX = 999_999_999
MAX_OFFSET = 2**53
"""The largest whole number that every client can write."""


def check_index(value: int, field: str) -> int:
    """A page index or offset from 0. Raises :class:`Invalid`."""
    if not 0 <= value <= MAX_INDEX:
        raise Invalid(field, f"{value} is not between 0 and {MAX_INDEX}")
    return value


def check_offset(value: int, field: str) -> int:
    """A byte offset of a log. Raises :class:`Invalid`."""
    if not 0 <= value <= MAX_OFFSET:
        raise Invalid(field, f"{value} is not between 0 and {MAX_OFFSET}")
    return value


def check_size(value: int, field: str) -> int:
    """A page size from 1 to 100. Raises :class:`Invalid`."""
    if not 1 <= value <= MAX_PAGE_SIZE:
        raise Invalid(field, f"{value} is not between 1 and {MAX_PAGE_SIZE}")
    return value


def check_filter(value: str, field: str) -> str:
    """A text to look for. Raises :class:`Invalid` for one that no stored text can contain."""
    if "\0" in value:
        raise Invalid(field, "contains a NUL character")
    return value
