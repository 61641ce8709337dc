"""What a group may be called, and the limits of a project's tree."""

import re

from bottega.build.identifiers import HEX32_PATTERN
from bottega.errors import Invalid

MAX_NAME = 128
MAX_DEPTH = 10
MAX_GROUPS = 1000
"""Of one project: the whole tree is one answer."""

_ID = re.compile(HEX32_PATTERN)


def check_name(name: str) -> None:
    """Raise :class:`Invalid` unless ``name`` may be a group's."""
    if not 1 <= len(name) <= MAX_NAME:
        raise Invalid("name", f"must be 1 to {MAX_NAME} characters")
    if not name.isprintable() or name != name.strip():
        raise Invalid("name", "must be visible characters, and neither begin nor end with a space")


def check_group_id(value: str, field: str) -> str:
    """``value`` if it can be a group's id. Raises :class:`Invalid`."""
    if not _ID.fullmatch(value):
        raise Invalid(field, "must be 32 lower-case letters or digits")
    return value
