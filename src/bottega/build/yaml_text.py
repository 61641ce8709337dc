"""Writing YAML: one way for every value, so that what people read never depends on what stands beside it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

_INDENT = "  "
_LONGEST_KEY = 1000
"""Beyond 1024 characters a key has to be announced."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
"""Keys that some readers take for something else than text."""


def document(value: Mapping[str, Any]) -> str:
    """``value`` as a YAML document in block style; its values are mappings, lists, text, numbers, truths and None.

    Text of several lines is a literal block where YAML can hold it in one, all other text is quoted.
    """
    return "".join(f"{line}\n" for line in _mapping(value, ""))


def quoted(text: str) -> str:
    """A double-quoted scalar; characters that YAML does not allow as they are become escapes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    shown = (letter if letter.isprintable() else f"\\U{ord(letter):08x}" for letter in escaped)
    return f'"{"".join(shown)}"'


def _mapping(value: Mapping[str, Any], margin: str) -> Iterator[str]:
    for key, item in value.items():
        plain = _PLAIN_KEY.fullmatch(key) and key.lower() not in _WORDS
        shown = key if plain else quoted(key)
        if len(shown) <= _LONGEST_KEY:
            yield from _entry(f"{margin}{shown}:", item, margin)
        else:
            yield f"{margin}? {shown}"
            yield from _entry(f"{margin}:", item, margin)


def _entry(lead: str, item: Any, margin: str) -> Iterator[str]:
    """``lead`` with what belongs to it, behind it or indented below."""
    below = margin + _INDENT
    if isinstance(item, Mapping) and item:
        yield lead
        yield from _mapping(cast("Mapping[str, Any]", item), below)
    elif isinstance(item, Sequence) and not isinstance(item, str) and item:
        yield lead
        for one in cast("Sequence[Any]", item):
            yield from _entry(f"{below}-", one, below)
    elif isinstance(item, str) and _fits_a_block(item):
        yield f"{lead} |{_chomping(item)}"
        yield from (below + line if line else "" for line in item.removesuffix("\n").split("\n"))
    else:
        yield f"{lead} {_scalar(item)}"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, float):
        # YAML 1.1 knows no exponent without a decimal point.
        digits, mark, exponent = repr(value).partition("e")
        return f"{digits}.0e{exponent}" if mark and "." not in digits else repr(value)
    # What is left is written as in JSON: null, true, 1, {} and [].
    return json.dumps(value)


def _fits_a_block(text: str) -> bool:
    lines = text.removesuffix("\n").split("\n")
    # The first line tells the indentation, so it must be neither empty nor indented itself.
    if len(lines) == 1 or not lines[0] or lines[0].startswith((" ", "\t")) or not lines[-1].strip():
        return False
    return all(line.replace("\t", "").isprintable() for line in lines)


def _chomping(text: str) -> str:
    return "" if text.endswith("\n") else "-"
