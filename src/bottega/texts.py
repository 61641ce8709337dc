"""What a text must not have wherever it goes, and texts of strangers on one line."""

from bottega.errors import Invalid


def without_nul(field: str, value: str) -> str:
    """The text itself. Raises :class:`Invalid` for one with NUL: PostgreSQL cannot keep it, nor look for it."""
    if "\0" in value:
        raise Invalid(field, "contains a NUL character")
    return value


def one_line(text: str, longest: int) -> str:
    """``text`` on one line; of a long one the beginning.

    Characters that show nothing, such as those that turn the direction of writing, become blanks.
    """
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
