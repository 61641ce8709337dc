"""What a form of ours sends."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from bottega.errors import Invalid
from bottega.texts import without_nul

URL_ENCODED = "application/x-www-form-urlencoded"
MAX_FIELDS = 1100
"""A whole page of issues can be ticked at once, and more."""


class Form:
    """Fields by name. All its methods raise :class:`Invalid`."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, value in pairs:
            self._fields.setdefault(name, []).append(without_nul(name[:64] or "form", value))

    def text(self, name: str) -> str:
        """The last value; empty for a field that was not sent."""
        return self._fields.get(name, [""])[-1]

    def all(self, name: str) -> list[str]:
        """All values."""
        return self._fields.get(name, [])

    def items(self) -> Mapping[str, str]:
        """Every field with its last value."""
        return {name: values[-1] for name, values in self._fields.items()}


def read_form(content_type: str, body: bytes) -> Form:
    """The fields of a form. Raises :class:`Invalid`."""
    if body and content_type != URL_ENCODED:
        raise Invalid("Content-Type", f"expected {URL_ENCODED}")
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Invalid("form", f"is not one of at most {MAX_FIELDS} fields in UTF-8") from None
    return Form(pairs)
