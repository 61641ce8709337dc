"""The identifiers of templates as clients send them: checked before anything is looked up."""

import re

from bottega.errors import Invalid

TEMPLATE_ID_PATTERN = "^[a-z0-9A-Z-]{1,64}$"
"""What the contract allows in paths. Our own are 32 hex digits (``uuid``) and 24 (``id``)."""

_TEMPLATE_ID = re.compile(TEMPLATE_ID_PATTERN)


def check_template_id(value: str, field: str) -> str:
    """``value`` if it can be a template's identifier. Raises :class:`Invalid`."""
    if not _TEMPLATE_ID.fullmatch(value):
        raise Invalid(field, "must be 1 to 64 letters, digits or '-'")
    return value
