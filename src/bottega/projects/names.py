"""What a project may be called, and of which type it may be."""

from bottega.errors import Invalid

MAX_NAME = 128
MAX_DESCRIPTION = 5000
MAX_SOURCE = 64
TYPES = frozenset({"scrum", "xboard", "normal", "basic", "phoenix", "ipd"})


def checked_name(field: str, name: str) -> str:
    """The name without surrounding blanks: 1 to 128 characters, all printable. Raises :class:`Invalid`."""
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME:
        raise Invalid(field, f"expected 1 to {MAX_NAME} characters")
    if not name.isprintable():
        raise Invalid(field, "contains a character that cannot be shown")
    return name


def checked_text(field: str, value: str, limit: int) -> str:
    """At most ``limit`` characters and no NUL, which PostgreSQL cannot keep. Raises :class:`Invalid`."""
    if len(value) > limit:
        raise Invalid(field, f"expected at most {limit} characters")
    if "\0" in value:
        raise Invalid(field, "contains a NUL character")
    return value


def checked_type(field: str, project_type: str) -> str:
    """One of the types the ProjectMan API knows. Raises :class:`Invalid`."""
    if project_type not in TYPES:
        raise Invalid(field, f"expected one of {', '.join(sorted(TYPES))}")
    return project_type
