"""Reading a step's inputs: values come from YAML, from graphical steps and from people, so types vary."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

LEFT_ALONE = frozenset({"command", "keystore_password", "key_password"})
"""Inputs that stay as they are written, in graphical steps and in build.yml alike: nothing is put into them."""

_YES, _NO = ("true", "yes", "1"), ("false", "no", "0", "")


class InputError(ValueError):
    """An input of a step cannot be used: ``field`` is its name, ``reason`` says why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field
        self.reason = reason


def text(raw: Mapping[str, Any], field: str, default: str | None = None) -> str:
    """A text; without ``default`` it is required and must not be blank.

    Numbers are taken as they are written.
    """
    value = raw.get(field)
    if value is None or value == "":
        if default is None:
            raise InputError(field, "is required")
        return default
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(field, "must be a text")
    found = str(value)
    if "\0" in found:
        raise InputError(field, "must not contain a NUL character")
    if default is None and not found.strip():
        raise InputError(field, "is required")
    return found


def flag(raw: Mapping[str, Any], field: str, default: bool) -> bool:
    """True or false, also as the words that CodeArts clients send."""
    value = raw.get(field)
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise InputError(field, "must be true or false")


def whole(raw: Mapping[str, Any], field: str, default: int, lowest: int = 0) -> int:
    """A whole number not below ``lowest``, also written as a text."""
    value = raw.get(field)
    if value is None or value == "":
        return default
    word = str(value).strip()
    if isinstance(value, bool) or not word.isascii() or not word.isdigit():
        raise InputError(field, "must be a whole number and not negative")
    found = int(word)
    if found < lowest:
        raise InputError(field, f"must be {lowest} or more")
    return found


def is_a(value: object, kind: type) -> bool:
    """Whether it is one, where a type checker would make parts of unknown type out of those of any."""
    return isinstance(value, kind)
