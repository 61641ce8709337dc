"""What a text must not have wherever it goes."""

from bottega.errors import Invalid


def without_nul(field: str, value: str) -> str:
    """The text itself. Raises :class:`Invalid` for one with NUL: PostgreSQL cannot keep it, nor look for it."""
    if "\0" in value:
        raise Invalid(field, "contains a NUL character")
    return value
