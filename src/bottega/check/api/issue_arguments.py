"""What the operations on issues take in queries, as the OpenAPI description shows it, and their checks."""

from typing import Annotated

from litestar.params import QueryParameter

from bottega.check.api.task_arguments import MAX_INDEX
from bottega.check.identifiers import HEX32_PATTERN, OPTIONAL_HEX32_PATTERN, check_id
from bottega.errors import Invalid

MAX_VALUES = 1_000
MAX_VALUE = 1_500
MAX_LIMIT = 200
MAX_MERGE = 64

TaskIdQuery = Annotated[
    str,
    QueryParameter(name="task_id", description="Id of a check task", schema_extra={"pattern": HEX32_PATTERN}),
]
IssueId = Annotated[
    str,
    QueryParameter(name="merge_key", description="Id of an issue", schema_extra={"pattern": HEX32_PATTERN}),
]
JobId = Annotated[
    str,
    QueryParameter(
        description="Id of a check of the task's family", schema_extra={"pattern": OPTIONAL_HEX32_PATTERN}
    ),
]
MergeId = Annotated[
    str,
    QueryParameter(
        description="Id of a merge request or commit: then job_id is needed",
        schema_extra={"max_length": MAX_MERGE},
    ),
]
Row = Annotated[
    int, QueryParameter(description="Row to begin at", schema_extra={"minimum": 0, "maximum": MAX_INDEX})
]
StatusIds = Annotated[
    str,
    QueryParameter(
        description="0 pending, 1 resolved or fixed, 2 ignored, 3 reopened, 4 in review, 6 not looked for",
        schema_extra={"pattern": "^ *([012346] *(, *[012346] *)*)?$"},
    ),
]
Severities = Annotated[
    str,
    QueryParameter(
        description="0 fatal, 1 serious, 2 general, 3 hint; all by default",
        schema_extra={"pattern": "^ *([0-3] *(, *[0-3] *)*)?$"},
    ),
]
DelayStatus = Annotated[
    str,
    QueryParameter(
        description="0 official, which is the default, 1 deferred",
        schema_extra={"pattern": "^ *([01] *(, *[01] *)*)?$"},
    ),
]
Day = Annotated[
    str, QueryParameter(description="Day in UTC", schema_extra={"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"})
]


def words(text: str | None, field: str) -> list[str]:
    """The values of a text with commas between them. Raises :class:`Invalid`."""
    found = [word.strip() for word in (text or "").split(",")]
    return checked([word for word in found if word], field)


def checked(values: list[str], field: str) -> list[str]:
    """Values as filters have them. Raises :class:`Invalid`."""
    if len(values) > MAX_VALUES:
        raise Invalid(field, f"has more than {MAX_VALUES} values")
    if any(len(value) > MAX_VALUE or "\0" in value for value in values):
        raise Invalid(field, f"has a value longer than {MAX_VALUE} characters, or a NUL character")
    return values


def scan_of(merge_id: str | None, job_id: str | None, field: str = "job_id") -> str:
    """The check whose issues are meant; empty for the task's own. Raises :class:`Invalid`."""
    merge_id, job_id = merge_id or "", job_id or ""
    if len(merge_id) > MAX_MERGE or "\0" in merge_id:
        raise Invalid("merge_id", f"must be at most {MAX_MERGE} characters, none of them NUL")
    if job_id:
        return check_id(job_id, field)
    if merge_id:
        raise Invalid(field, "is needed to see the check of a merge request")
    return ""
