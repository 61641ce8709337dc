"""What the operations on statistics and reports take, as the OpenAPI description shows it; the services check it."""

from typing import Annotated

from litestar.params import QueryParameter

from bottega.build.identifiers import HEX32_PATTERN, MAX_BUILD_NUMBER
from bottega.build.reports.service import ROOT_ID_PATTERN
from bottega.build.source import MAX_REPOSITORY
from bottega.build.statistics.service import MAX_BRANCH, MAX_INTERVAL

JobIdInQuery = Annotated[
    str,
    QueryParameter(name="job_id", description="Id of a build task", schema_extra={"pattern": HEX32_PATTERN}),
]
BuildNumberInQuery = Annotated[
    str,
    QueryParameter(
        name="build_no",
        description="Number of a build of the task",
        schema_extra={"type": "integer", "minimum": 1, "maximum": MAX_BUILD_NUMBER},
    ),
]
RepositoryName = Annotated[
    str,
    QueryParameter(
        description="Name of a repository the task has built",
        schema_extra={"min_length": 1, "max_length": MAX_REPOSITORY},
    ),
]
BranchName = Annotated[
    str,
    QueryParameter(description="A branch; all of them by default", schema_extra={"max_length": MAX_BRANCH}),
]
Interval = Annotated[
    int,
    QueryParameter(
        description="Days, the last of which is today", schema_extra={"minimum": 1, "maximum": MAX_INTERVAL}
    ),
]
RootId = Annotated[
    str, QueryParameter(description="Id of a coverage report", schema_extra={"pattern": ROOT_ID_PATTERN})
]
OptionalRootId = Annotated[
    str,
    QueryParameter(
        description="Id of a coverage report; all of the build by default",
        schema_extra={"pattern": "^[A-Za-z0-9_-]{0,40}$"},
    ),
]
