"""Names of packages, versions and files. Agents are not believed: what they send is checked like anything else."""

from typing import Any

from bottega.errors import Invalid

MAX_NAME = 128
MAX_PATH = 600
FORBIDDEN = frozenset('\\:*?"<>|')
"""Those that some system takes for more than a letter."""


def checked_name(value: Any, field: str) -> str:
    """The name of a package or version: 1 to 128 printable characters without slashes. Raises :class:`Invalid`."""
    if not isinstance(value, str) or not value.strip():
        raise Invalid(field, "is required")
    name = value.strip()
    if len(name) > MAX_NAME:
        raise Invalid(field, f"must have at most {MAX_NAME} characters")
    if "/" in name or name in {".", ".."}:
        raise Invalid(field, "must be a name without slashes")
    return _checked(name, field)


def checked_path(value: Any, field: str) -> str:
    """The path of a file in its version: relative, without ``.`` and ``..``. Raises :class:`Invalid`."""
    if not isinstance(value, str) or not value:
        raise Invalid(field, "is required")
    if len(value) > MAX_PATH:
        raise Invalid(field, f"must have at most {MAX_PATH} characters")
    if any(part in {"", ".", ".."} for part in value.split("/")):
        raise Invalid(field, "must be a path below the version's folder")
    return _checked(value, field)


def _checked(text: str, field: str) -> str:
    wrong = next((one for one in text if one in FORBIDDEN or not one.isprintable()), None)
    if wrong is not None:
        raise Invalid(field, f"must not contain {wrong!r}")
    return text
