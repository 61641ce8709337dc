"""Where in a repository a file is: a path that stays inside of it."""

from bottega.errors import Invalid

MAX_PATH = 1024


def checked_path(text: str, field: str) -> str:
    """The path without what changes nothing. Raises :class:`Invalid` for one that leads out of the repository."""
    path = text.strip()
    if len(path) > MAX_PATH:
        raise Invalid(field, f"has {len(path)} characters, {MAX_PATH} are allowed")
    if any(not character.isprintable() for character in path):
        raise Invalid(field, "contains a character that cannot be printed")
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if path.startswith("/") or ".." in parts or not parts:
        raise Invalid(field, f"{path[:80]!r} is not the path of a file inside the repository")
    if any(part.lower() == ".git" for part in parts):
        raise Invalid(field, f"{path[:80]!r} lies inside git's own folder")
    return "/".join(parts)
