"""Identifiers and names as clients send them: checked before anything is looked up."""

import re

from bottega.errors import Invalid

HEX32_PATTERN = "^[0-9a-z]{32}$"
OPTIONAL_HEX32_PATTERN = "^([0-9a-z]{32})?$"
NAME_PATTERN = r"^[A-Za-z0-9一-鿿._-]{1,128}$"

_HEX32 = re.compile(HEX32_PATTERN)
_NAME = re.compile(NAME_PATTERN)


def check_id(value: str, field: str) -> str:
    """``value`` if it can be the id of a task, project, rule set or check. Raises :class:`Invalid`."""
    if not _HEX32.fullmatch(value):
        raise Invalid(field, "must be 32 lower-case letters or digits")
    return value


def check_name(value: str, field: str) -> str:
    """``value`` if a task or rule set can be called so (reference section 7). Raises :class:`Invalid`."""
    if not _NAME.fullmatch(value):
        raise Invalid(
            field, "must be 1 to 128 Chinese or English letters, digits, dots, dashes or underscores"
        )
    return value
