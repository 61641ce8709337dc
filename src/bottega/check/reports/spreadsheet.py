"""Tables as spreadsheets open them: CSV in UTF-8."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

_CALCULATED = ("=", "+", "-", "@", "\t", "\r")


def sheet(header: Sequence[str], parts: Iterable[Iterable[Sequence[object]]]) -> Iterator[bytes]:
    """The file, one piece for the header and one for each part of the rows; lists and dicts are written in one cell."""
    # Spreadsheets take text without this mark for another encoding.
    yield "\ufeff".encode() + _lines([header])
    for part in parts:
        yield _lines(part)


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def _cell(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, list | tuple):
        shown = ",".join(str(part) for part in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    elif isinstance(value, dict):
        shown = ",".join(f"{key}={one}" for key, one in value.items())  # pyright: ignore[reportUnknownVariableType]
    else:
        shown = str(value).lower() if isinstance(value, bool) else str(value)
    # What begins like a formula would be calculated, also when spaces come before it.
    return f"'{shown}" if shown.lstrip(" ").startswith(_CALCULATED) else shown
