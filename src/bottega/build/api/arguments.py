"""What the operations take in paths and queries, as the OpenAPI description shows it.

The patterns and bounds here are only shown: :mod:`bottega.build.identifiers` and :mod:`bottega.build.api.paging` check
them, and the tests compare the two.
"""

from typing import Annotated

from litestar.params import PathParameter, QueryParameter

from bottega.build.api.paging import MAX_INDEX, MAX_OFFSET, MAX_PAGE_SIZE
from bottega.build.identifiers import HEX32_PATTERN, MAX_BUILD_NUMBER, UUID_PATTERN
from bottega.build.listing import SORTS, STATUSES

_HEX32 = {"pattern": HEX32_PATTERN}
_UUID = {"pattern": UUID_PATTERN}
_NUMBER = {"type": "integer", "minimum": 1, "maximum": MAX_BUILD_NUMBER}
_MOMENT = {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$"}
_OPTIONAL_MOMENT = {"pattern": "^([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})?$"}
_DAY = {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def any_case(*words: str) -> str:
    """A pattern for one of these words, in capitals or not; not every reader of patterns knows ``(?i)``."""
    spelled = ("".join(f"[{letter.upper()}{letter.lower()}]" for letter in word) for word in words)
    return f"^(?:{'|'.join(spelled)})$"


JobId = Annotated[str, PathParameter(description="Id of a build task", schema_extra=_HEX32)]
ProjectId = Annotated[str, PathParameter(description="Id of a CodeArts project", schema_extra=_HEX32)]
RecordId = Annotated[str, PathParameter(description="Id of a build record", schema_extra=_UUID)]
BuildProjectId = Annotated[str, PathParameter(description="Id of a task's build project", schema_extra=_UUID)]
BuildNumber = Annotated[str, PathParameter(description="Number of a build of the task", schema_extra=_NUMBER)]
BuildNumberQuery = Annotated[
    str | None,
    QueryParameter(description="Number of a build of the task", schema_extra={"pattern": "^[0-9]{0,10}$"}),
]

PageIndex = Annotated[
    int,
    QueryParameter(description="Page or row to begin at", schema_extra={"minimum": 0, "maximum": MAX_INDEX}),
]
PageSize = Annotated[
    int, QueryParameter(description="Rows of a page", schema_extra={"minimum": 1, "maximum": MAX_PAGE_SIZE})
]
LogOffset = Annotated[
    int,
    QueryParameter(description="Bytes of the whole log", schema_extra={"minimum": 0, "maximum": MAX_OFFSET}),
]
Moment = Annotated[str, QueryParameter(description="Local time of the server's zone", schema_extra=_MOMENT)]
Day = Annotated[str, QueryParameter(description="Day of the server's zone", schema_extra=_DAY)]
OptionalMoment = Annotated[
    str, QueryParameter(description="Local time of the server's zone", schema_extra=_OPTIONAL_MOMENT)
]
SortField = Annotated[
    str, QueryParameter(description="What lists are sorted by", schema_extra={"enum": ["", *SORTS]})
]
SortOrder = Annotated[
    str,
    QueryParameter(
        description="ASC or DESC, which is the default", schema_extra={"pattern": any_case("", "ASC", "DESC")}
    ),
]
BuildStatus = Annotated[
    str, QueryParameter(description="State of the newest build", schema_extra={"enum": ["", *STATUSES]})
]
LogLevel = Annotated[
    str,
    QueryParameter(
        description="INFO, or DEBUG for more", schema_extra={"pattern": any_case("INFO", "DEBUG")}
    ),
]
