"""What tenants, users and groups may be called."""

from bottega.errors import Invalid

MAX_NAME = 64


def checked_name(field: str, name: str) -> str:
    """The name without surrounding blanks: 1 to 64 printable characters. Raises :class:`Invalid`."""
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME:
        raise Invalid(field, f"expected 1 to {MAX_NAME} characters")
    if not name.isprintable():
        raise Invalid(field, "contains a character that cannot be shown")
    return name
