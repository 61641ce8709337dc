"""Texts and paths as clients write them, checked before they are saved."""

import re
from collections.abc import Iterable

from bottega.errors import SHOWN, Invalid
from bottega.runs.agents import DEFAULT_POOL, POOL

MAX_PATH = 1024
MAX_PATHS = 2000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SEPARATORS = re.compile(r"[,;\n]")


def checked_text(value: str, field: str, longest: int) -> str:
    """``value`` if it fits and is one line. Raises :class:`Invalid`, which does not repeat it: it may be a secret."""
    if len(value) > longest:
        raise Invalid(field, f"is longer than {longest} characters")
    if _CONTROL.search(value):
        raise Invalid(field, "contains a control character or a line break")
    return value


def checked_word(value: str, field: str, words: Iterable[str]) -> str:
    """``value`` if it is one of ``words``. Raises :class:`Invalid`."""
    known = tuple(words)
    if value not in known:
        raise Invalid(field, f"{value[:SHOWN]!r} is none of {', '.join(word for word in known if word)}")
    return value


def checked_path(path: str, field: str) -> str:
    """A file or folder of a repository: relative, with ``/``, without ``.`` and ``..``. Raises :class:`Invalid`."""
    checked_text(path, field, MAX_PATH)
    normal = path.removeprefix("./").rstrip("/")
    parts = normal.split("/")
    if not normal or "\\" in normal or any(part in {"", ".", ".."} for part in parts):
        raise Invalid(field, f"{path[:SHOWN]!r} is no path below the repository's root")
    return normal


def checked_folders(text: str, field: str) -> list[str]:
    """Folders that clients write in one text with commas between them. Raises :class:`Invalid`."""
    parts = (part.strip() for part in _SEPARATORS.split(text))
    return checked_paths((part for part in parts if part), field)


def checked_paths(paths: Iterable[str], field: str) -> list[str]:
    """Each of them once, in their order. Raises :class:`Invalid`."""
    found = list(dict.fromkeys(checked_path(path, field) for path in paths))
    if len(found) > MAX_PATHS:
        raise Invalid(field, f"has more than {MAX_PATHS} paths")
    return found


def checked_include(text: str, field: str) -> list[str]:
    """The folders a check is limited to, none of them hidden (reference, section 6.2). Raises :class:`Invalid`."""
    folders = checked_folders(text, field)
    for folder in folders:
        if any(part.startswith(".") for part in folder.split("/")):
            raise Invalid(field, f"{folder[:SHOWN]!r} has a part that begins with '.'")
    return folders


def checked_pool(name: str, field: str) -> str:
    """A pool of agents by its name, empty for the default one; it need not be there yet. Raises :class:`Invalid`."""
    if name in {"", DEFAULT_POOL}:
        return ""
    if not POOL.fullmatch(name):
        raise Invalid(field, "a pool's name is 1 to 64 letters, digits, '_' or '-'")
    return name
