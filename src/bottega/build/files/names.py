"""What files may be called."""

import re
from pathlib import PurePosixPath

from bottega.build.files.errors import InvalidFileName
from bottega.build.identifiers import HEX32_PATTERN
from bottega.errors import Invalid

MAX_NAME = 500
EXTENSIONS = (".xml", ".key", ".keystore", ".jks", ".crt", ".pem")
"""Compared without regard to capitals."""

_ID = re.compile(HEX32_PATTERN)
_SEPARATORS = frozenset("/\\")


def check_name(name: str, field: str) -> str:
    """``name`` if a file may have it: builds create a file of that name in their workspace.

    Raises :class:`InvalidFileName` for anything that is no plain file name of 1 to 500 characters, :class:`Invalid`
    for an extension that is not taken.
    """
    check_length(name, field)
    if not name.isprintable() or _SEPARATORS & set(name) or name != name.strip():
        raise InvalidFileName(field, "must be a plain file name: no folders, line breaks or blanks around it")
    if PurePosixPath(f"x{name}").suffix.lower() not in EXTENSIONS:
        raise Invalid(field, f"must end in one of {' '.join(EXTENSIONS)}")
    return name


def check_length(name: str, field: str) -> str:
    """``name`` if it has 1 to 500 characters and can be looked up. Raises :class:`InvalidFileName`."""
    if not 1 <= len(name) <= MAX_NAME or "\0" in name:
        raise InvalidFileName(field, f"must have 1 to {MAX_NAME} characters")
    return name


def check_id(value: str, field: str) -> str:
    """``value`` if it can be the id of a file, permission or user. Raises :class:`Invalid`."""
    if not _ID.fullmatch(value):
        raise Invalid(field, "must be 32 lower-case letters or digits")
    return value
