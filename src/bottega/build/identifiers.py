"""Identifiers as clients send them: checked before anything is looked up."""

import re

from bottega.build.errors import InvalidId
from bottega.errors import Invalid

MAX_BUILD_NUMBER = 2**31 - 1

HEX32_PATTERN = "^[0-9a-z]{32}$"
UUID_PATTERN = "^[0-9a-z]{8}-(?:[0-9a-z]{4}-){3}[0-9a-z]{12}$"

_HEX32 = re.compile(HEX32_PATTERN)
_UUID = re.compile(UUID_PATTERN)
_NUMBER = re.compile(r"[0-9]{1,10}")


def is_hex32(value: str) -> bool:
    """Whether ``value`` could be the id of something that has 32 characters."""
    return _HEX32.fullmatch(value) is not None


def check_job_id(value: str) -> str:
    """``value`` if it can be a task's id. Raises :class:`InvalidId`."""
    if not _HEX32.fullmatch(value):
        raise InvalidId("job_id", "must be 32 lower-case letters or digits")
    return value


def check_project_id(value: str) -> str:
    """``value`` if it can be a project's id. Raises :class:`Invalid`."""
    if not _HEX32.fullmatch(value):
        raise Invalid("project_id", "must be 32 lower-case letters or digits")
    return value


def check_uuid(value: str, field: str) -> str:
    """``value`` if it can be a record's or build project's id. Raises :class:`Invalid`."""
    if not _UUID.fullmatch(value):
        raise Invalid(field, "must be a UUID of 36 characters")
    return value


def build_number(value: str | int, field: str) -> int:
    """A build number given as a number or as text. Raises :class:`Invalid`."""
    text = str(value).strip()
    if isinstance(value, bool) or not _NUMBER.fullmatch(text) or not 1 <= int(text) <= MAX_BUILD_NUMBER:
        raise Invalid(field, f"must be a whole number from 1 to {MAX_BUILD_NUMBER}")
    return int(text)
