"""Findings of other tools as issues of a task. Bottega's own operations."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter, RawBody

from bottega.check.api.families import ReportFrame, check
from bottega.check.api.task_arguments import TaskId, moment
from bottega.check.reports.importing import MAX_ROOT, MAX_TOOL, ImportService, Options
from bottega.check.reports.tables import CheckImport
from bottega.http.operation import op
from bottega.iam.principal import Principal

Tool = Annotated[
    str,
    QueryParameter(
        description="What to call the tool instead of its own name", schema_extra={"maxLength": MAX_TOOL}
    ),
]
Root = Annotated[
    str,
    QueryParameter(
        description="Folder or file URI of the checkout the tool ran in, for reports with absolute paths",
        schema_extra={"maxLength": MAX_ROOT},
    ),
]
CommitId = Annotated[
    str,
    QueryParameter(
        description="Commit the tool looked at", schema_extra={"pattern": "^([0-9a-f]{40}|[0-9a-f]{64})?$"}
    ),
]
Partial = Annotated[
    bool, QueryParameter(description="The tool looked at some files only: nothing is called fixed")
]


class SarifImport(msgspec.Struct, kw_only=True):
    """``skipped`` counts results that became no issue, by reason; ``gone`` issues whose file was not looked at."""

    number: int
    engine: str
    tool: str
    tool_version: str
    commit_id: str
    complete: bool
    findings: int
    new: int
    fixed: int
    gone: int
    reopened: int
    skipped: dict[str, int]
    user_name: str
    created_at: str | None


class SarifImportsResponse(ReportFrame, kw_only=True):
    result: list[SarifImport]


@post("/v1/tasks/{task_id:str}/sarif", **op("import_sarif", "Make issues of what another tool found"))
def import_sarif(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    issue_imports: NamedDependency[ImportService],
    body: RawBody,
    task_id: TaskId,
    tool: Tool = "",
    root: Root = "",
    commit_id: CommitId = "",
    partial: Partial = False,
) -> SarifImportsResponse:
    options = Options(tool=tool, root=root, commit=commit_id, partial=partial)
    return _shown(issue_imports.sarif(principal, task_id, body, options))


@get("/v1/tasks/{task_id:str}/sarif", **op("list_sarif_imports", "List what was imported for a check task"))
def list_sarif_imports(
    principal: NamedDependency[Principal], issue_imports: NamedDependency[ImportService], task_id: TaskId
) -> SarifImportsResponse:
    return _shown(issue_imports.imports(principal, task_id))


def _shown(rows: Sequence[CheckImport]) -> SarifImportsResponse:
    return SarifImportsResponse(
        result=[
            SarifImport(
                number=row.number,
                engine=row.engine,
                tool=row.tool,
                tool_version=row.tool_version,
                commit_id=row.commit_id,
                complete=row.complete,
                **row.figures,
                user_name=row.user_name,
                created_at=moment(row.created_at),
            )
            for row in rows
        ]
    )


ROUTER = check([import_sarif, list_sarif_imports])
