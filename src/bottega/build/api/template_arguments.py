"""What the operations on templates take in paths and queries; some of their page numbers are text in the contract."""

import re
from typing import Annotated

from litestar.params import PathParameter, QueryParameter

from bottega.build.api.paging import MAX_INDEX, MAX_PAGE_SIZE, check_index
from bottega.build.templates.identifiers import TEMPLATE_ID_PATTERN
from bottega.build.templates.reading import FILTERS
from bottega.errors import Invalid

FIRST_PAGE = 1
"""The list of custom templates counts from 1; the others begin with page 0."""

DEFAULT_SIZE = 20

_NUMBER_PATTERN = "^[0-9]{0,9}$"
_NUMBER = re.compile(_NUMBER_PATTERN)

TemplateUuid = Annotated[
    str, PathParameter(description="Uuid of a template", schema_extra={"pattern": TEMPLATE_ID_PATTERN})
]
TemplateFilterWord = Annotated[
    str, QueryParameter(description="Which templates", schema_extra={"enum": list(FILTERS)})
]
PageFromOne = Annotated[
    int,
    QueryParameter(description="Page, from 1", schema_extra={"minimum": FIRST_PAGE, "maximum": MAX_INDEX}),
]
PageText = Annotated[
    str, QueryParameter(description="Page, from 0", schema_extra={"pattern": _NUMBER_PATTERN})
]
PageSizeText = Annotated[
    str,
    QueryParameter(description="Rows of a page, 0 to 100", schema_extra={"pattern": "^([0-9]{0,2}|100)$"}),
]


def page_from_one(value: int, field: str = "page") -> int:
    """The index, from 0, of page ``value``. Raises :class:`Invalid`."""
    if not FIRST_PAGE <= value <= MAX_INDEX:
        raise Invalid(field, f"{value} is not between {FIRST_PAGE} and {MAX_INDEX}")
    return value - FIRST_PAGE


def page_text(value: str) -> int:
    """The index of a page from 0, given as text. Raises :class:`Invalid`."""
    return check_index(_whole(value, "page", 0), "page")


def size_text(value: str) -> int:
    """The size of a page, given as text; 0 asks for the total alone. Raises :class:`Invalid`."""
    size = _whole(value, "page_size", DEFAULT_SIZE)
    if size > MAX_PAGE_SIZE:
        raise Invalid("page_size", f"{size} is not between 0 and {MAX_PAGE_SIZE}")
    return size


def _whole(value: str, field: str, default: int) -> int:
    if not _NUMBER.fullmatch(value):
        raise Invalid(field, f"{value[:80]!r} is not a whole number from 0 on")
    return int(value) if value else default
