"""The code an issue is in, and a commit that mends it, v1."""

import asyncio
from typing import Annotated

import msgspec
from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from bottega.check.api.families import ReportFrame, check
from bottega.check.api.issue_arguments import IssueId, JobId, MergeId, TaskIdQuery, scan_of
from bottega.check.api.task_arguments import ProjectIdQuery
from bottega.check.issues.fixing import IssueFixes
from bottega.check.issues.service import IssueService
from bottega.check.issues.tables import CheckIssue
from bottega.check.tasks.service import CheckTaskService
from bottega.http.operation import op
from bottega.iam.principal import Principal

Whole = Annotated[
    bool,
    QueryParameter(description="The whole file as its branch has it now, and not the lines around the issue"),
]


class FileContent(msgspec.Struct, kw_only=True):
    """The lines around an issue, which is all that is kept of the code; or the whole file, with its ``commitId``."""

    filePath: str  # noqa: N815 - as on the wire
    startLine: int  # noqa: N815
    content: str
    commitId: str | msgspec.UnsetType = msgspec.UNSET  # noqa: N815


class FileContentResponse(ReportFrame, kw_only=True):
    result: FileContent


class SubmitFileContentRequest(msgspec.Struct, kw_only=True):
    """``content`` is the whole file, ``message`` that of the commit. ``bugId`` and ``occursMd5`` say nothing more."""

    taskId: str  # noqa: N815
    mergeKey: str  # noqa: N815
    content: str
    message: str | None = None
    jobId: str | None = None  # noqa: N815
    mergeId: str | None = None  # noqa: N815
    bugId: str | None = None  # noqa: N815
    occursMd5: str | None = None  # noqa: N815


class CommittedFix(msgspec.Struct, kw_only=True):
    commitId: str  # noqa: N815


class SubmitFileContentResponse(ReportFrame, kw_only=True):
    result: CommittedFix


@get(
    "/v1/defects/file-content",
    **op("show_defect_file_content", "Show the code around an issue, or its whole file", threaded=False),
)
async def show_defect_file_content(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    issues: NamedDependency[IssueService],
    issue_fixes: NamedDependency[IssueFixes],
    task_id: TaskIdQuery,
    merge_key: IssueId,
    merge_id: MergeId = "",
    job_id: JobId = "",
    whole: Whole = False,
) -> FileContentResponse:
    scan_id = scan_of(merge_id, job_id)
    if whole:
        file = await issue_fixes.read(principal, task_id, merge_key, scan_id)
        return FileContentResponse(
            result=FileContent(filePath=file.path, startLine=1, content=file.text, commitId=file.commit)
        )
    issue, _ = await asyncio.to_thread(issues.issue, principal, task_id, merge_key, scan_id)
    return FileContentResponse(result=_around(issue))


@put(
    "/v1/defects/file-content",
    **op("submit_defects_file_content", "Commit a fix of an issue to its branch", threaded=False),
)
async def submit_defects_file_content(
    principal: NamedDependency[Principal],
    issue_fixes: NamedDependency[IssueFixes],
    check_tasks: NamedDependency[CheckTaskService],
    data: JSONBody[SubmitFileContentRequest],
    project_id: ProjectIdQuery = "",
) -> SubmitFileContentResponse:
    if project_id:
        await asyncio.to_thread(check_tasks.show, principal, data.taskId, project_id=project_id)
    commit = await issue_fixes.commit(
        principal,
        data.taskId,
        data.mergeKey,
        data.content,
        data.message or "",
        scan_of(data.mergeId, data.jobId, "jobId"),
    )
    return SubmitFileContentResponse(result=CommittedFix(commitId=commit))


def _around(issue: CheckIssue) -> FileContent:
    lines: list[tuple[int, str]] = issue.details.get("fragment", [])
    return FileContent(
        filePath=issue.path,
        startLine=lines[0][0] if lines else issue.line,
        content="\n".join(text for _, text in lines),
    )


ROUTER = check([show_defect_file_content, submit_defects_file_content])
