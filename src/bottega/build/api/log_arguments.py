"""What the operations on logs take, and the checks behind it."""

from typing import Annotated

from litestar.params import QueryParameter

from bottega.build.api.arguments import any_case
from bottega.build.identifiers import HEX32_PATTERN, MAX_BUILD_NUMBER
from bottega.errors import SHOWN, Invalid

DEFAULT_LINES = 1000
MAX_LINES = 10_000
MAX_STAGE_NAME = 1000
MAX_STEP_ID = 10_000
LEVELS = ("INFO", "DEBUG")
ORDERS = ("", "AES", "ASC", "DESC")
"""``AES`` is how the API's own documentation spells ascending."""

JobIdQuery = Annotated[
    str, QueryParameter(description="Id of a build task", schema_extra={"pattern": HEX32_PATTERN})
]
BuildNumberNeeded = Annotated[
    str,
    QueryParameter(
        description="Number of a build of the task",
        schema_extra={"type": "integer", "minimum": 1, "maximum": MAX_BUILD_NUMBER},
    ),
]
Order = Annotated[str, QueryParameter(description="ASC or DESC", schema_extra={"pattern": any_case(*ORDERS)})]
Lines = Annotated[
    int, QueryParameter(description="Lines of a page", schema_extra={"minimum": 1, "maximum": MAX_LINES})
]
StepId = Annotated[
    int | None,
    QueryParameter(
        description="node_id of a stage; without it, the step that runs or ran last",
        schema_extra={"minimum": 1, "maximum": MAX_STEP_ID},
    ),
]
StageKey = Annotated[
    str,
    QueryParameter(
        description="Key of a stage, such as stage1",
        schema_extra={"min_length": 1, "max_length": MAX_STAGE_NAME},
    ),
]
Compress = Annotated[bool, QueryParameter(description="Whether to answer a zip archive")]


def check_order(word: str) -> bool:
    """Whether the newest line comes first. Raises :class:`Invalid`."""
    order = word.upper()
    if order not in ORDERS:
        raise Invalid("sort", f"{word[:SHOWN]!r} is neither ASC nor DESC")
    return order == "DESC"


def check_lines(value: int) -> int:
    """The size of a page. Raises :class:`Invalid`."""
    if not 1 <= value <= MAX_LINES:
        raise Invalid("size", f"{value} is not between 1 and {MAX_LINES} lines")
    return value


def check_step(value: int | None) -> int | None:
    """A step's id. Raises :class:`Invalid`."""
    if value is not None and not 1 <= value <= MAX_STEP_ID:
        raise Invalid("step_id", f"{value} is not between 1 and {MAX_STEP_ID}")
    return value


def check_level(word: str) -> str:
    """INFO or DEBUG, in whatever case it was written. Raises :class:`Invalid`."""
    level = word.upper()
    if level not in LEVELS:
        raise Invalid("log_level", f"{word[:SHOWN]!r} is neither INFO nor DEBUG")
    return level


def check_stage_key(key: str) -> str:
    """A stage's key. Raises :class:`Invalid`."""
    if not 1 <= len(key) <= MAX_STAGE_NAME:
        raise Invalid("task_name", f"must have 1 to {MAX_STAGE_NAME} characters")
    return key


def newest_first(text: str) -> str:
    """The lines in reverse. Only ``\\n`` ends a line: what else Unicode takes for a line end is part of the output."""
    lines = text.removesuffix("\n")
    return "\n".join(reversed(lines.split("\n"))) + text[len(lines) :]
