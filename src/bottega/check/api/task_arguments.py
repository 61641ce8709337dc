"""What the operations on tasks take in paths and queries, as the OpenAPI description shows it, and their checks."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

from litestar.params import PathParameter, QueryParameter

from bottega.check import times
from bottega.check.identifiers import HEX32_PATTERN, OPTIONAL_HEX32_PATTERN
from bottega.check.tasks.texts import checked_word
from bottega.errors import SHOWN, Invalid

MAX_INDEX = 999_999
MAX_PAGE = 2**31 - 1
MAX_SEARCH = 256
MOMENT_PATTERN = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"

_HEX32 = {"pattern": HEX32_PATTERN}
_MOMENT = re.compile(MOMENT_PATTERN)
_FIRST_YEAR = 1970

TaskId = Annotated[str, PathParameter(description="Id of a check task", schema_extra=_HEX32)]
ProjectId = Annotated[str, PathParameter(description="Id of a CodeArts project", schema_extra=_HEX32)]
RuleSetId = Annotated[str, PathParameter(description="Id of a rule set", schema_extra=_HEX32)]
ProjectIdQuery = Annotated[
    str,
    QueryParameter(description="Id of a CodeArts project", schema_extra={"pattern": OPTIONAL_HEX32_PATTERN}),
]
Offset = Annotated[
    int,
    QueryParameter(description="Page or row to begin at", schema_extra={"minimum": 0, "maximum": MAX_INDEX}),
]
PageNumber = Annotated[
    int, QueryParameter(description="Page, from 1", schema_extra={"minimum": 1, "maximum": MAX_PAGE})
]


def limit_of(most: int) -> QueryParameter:
    """How many rows, at most ``most``."""
    return QueryParameter(description="Rows of a page", schema_extra={"minimum": 1, "maximum": most})


def check_offset(value: int, field: str = "offset") -> int:
    """A page index or row to begin at. Raises :class:`Invalid`."""
    return check_range(value, MAX_INDEX, field)


def check_limit(value: int, most: int, field: str = "limit") -> int:
    """A number of rows. Raises :class:`Invalid`."""
    return check_range(value, most, field, least=1)


def check_page(value: int, field: str = "page") -> int:
    """A page, from 1. Raises :class:`Invalid`."""
    return check_range(value, MAX_PAGE, field, least=1)


def check_search(value: str, field: str) -> str:
    """A text to look for. Raises :class:`Invalid` for one that no name can contain."""
    if len(value) > MAX_SEARCH or "\0" in value:
        raise Invalid(field, f"is longer than {MAX_SEARCH} characters or contains a NUL character")
    return value


def words_of(text: str, field: str, known: Iterable[str]) -> list[str]:
    """Words with commas between them. Raises :class:`Invalid`."""
    return [checked_word(word.strip(), field, known) for word in text.split(",") if word.strip()]


def moment(ms: int | None) -> str | None:
    """A time as clients see it; null for none."""
    return None if ms is None else times.moment(ms)


def read_moment(text: str, field: str) -> int:
    """Epoch milliseconds of ``2025-07-21T03:38:53Z``. Raises :class:`Invalid`."""
    if not _MOMENT.fullmatch(text):
        raise Invalid(field, f"{text[:SHOWN]!r} is not of the form yyyy-MM-ddTHH:mm:ssZ")
    try:
        at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Invalid(field, f"{text!r} is no date of the calendar") from None
    if at.year < _FIRST_YEAR:
        raise Invalid(field, f"{text!r} is before {_FIRST_YEAR}")
    return int(at.timestamp()) * 1000


def check_range(value: int, most: int, field: str, least: int = 0) -> int:
    """A number within bounds. Raises :class:`Invalid`."""
    if not least <= value <= most:
        raise Invalid(field, f"{value} is not between {least} and {most}")
    return value
