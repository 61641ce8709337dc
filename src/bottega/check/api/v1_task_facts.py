"""What else clients ask about check tasks. Where Bottega has no such thing the answer says so."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from bottega.check.api.families import TaskFrame, check
from bottega.check.api.task_arguments import TaskId
from bottega.check.identifiers import OPTIONAL_HEX32_PATTERN
from bottega.check.languages import LANGUAGES, of_file
from bottega.check.tasks.listing import CheckTaskLists
from bottega.check.tasks.names import TASKS_PER_TENANT
from bottega.check.tasks.service import CheckTaskService
from bottega.check.tasks.trees import TaskTrees
from bottega.http.operation import op
from bottega.iam.principal import Principal, Right

TaskIdQuery = Annotated[
    str, QueryParameter(description="Id of a check task", schema_extra={"pattern": OPTIONAL_HEX32_PATTERN})
]


class LanguagesResponse(TaskFrame, kw_only=True):
    result: list[str]


class PreCheckScriptResponse(TaskFrame, kw_only=True):
    """Nothing of a repository is executed before a check, so that there is no script."""

    result: str


class PackageStatus(msgspec.Struct, kw_only=True):
    """A server of one's own has no package; what is limited is the number of tasks."""

    status: str
    task_count: int
    task_limit: int


class PackageStatusResponse(msgspec.Struct, kw_only=True):
    result: PackageStatus


class AuthorizationResponse(TaskFrame, kw_only=True):
    """Networks of the cloud that a task may reach: none is needed."""

    result: bool


@get(
    "/v1/tasks/{task_id:str}/detect-language",
    **op("detect_language", "Tell the languages of a task's files, the most frequent first", threaded=False),
)
async def detect_language(
    principal: NamedDependency[Principal],
    check_trees: NamedDependency[TaskTrees],
    task_id: TaskId,
    scan_file: FromQuery[bool] = True,  # noqa: ARG001 - files are always looked at
) -> LanguagesResponse:
    seen = await check_trees.seen(principal, task_id)
    counts: dict[str, int] = {}
    for path in seen.files:
        for language in of_file(path):
            counts[language.name] = counts.get(language.name, 0) + 1
    return LanguagesResponse(result=sorted(counts, key=lambda name: (-counts[name], name)))


@get(
    "/v1/tasks/{task_id:str}/pre-check-script", **op("show_pre_check_script", "Show what runs before a check")
)
def show_pre_check_script(
    principal: NamedDependency[Principal], check_tasks: NamedDependency[CheckTaskService], task_id: TaskId
) -> PreCheckScriptResponse:
    check_tasks.show(principal, task_id)
    return PreCheckScriptResponse(result="")


@get("/v2/excute/language/all", **op("list_check_languages", "List the languages that can be checked"))
def list_check_languages() -> LanguagesResponse:
    return LanguagesResponse(result=list(LANGUAGES))


@get(
    "/v4/tenant/tenant-package-status",
    **op("show_tenant_package_status", "Show how many check tasks there may be"),
)
def show_tenant_package_status(
    principal: NamedDependency[Principal], check_lists: NamedDependency[CheckTaskLists]
) -> PackageStatusResponse:
    principal.require(Right.VIEW)
    count = check_lists.count(principal)
    status = PackageStatus(status="normal", task_count=count, task_limit=TASKS_PER_TENANT)
    return PackageStatusResponse(result=status)


@get(
    "/v1/vpcep-authorization", **op("show_vpcep_authorization", "Tell whether networks are opened for a task")
)
def show_vpcep_authorization(
    principal: NamedDependency[Principal],
    check_tasks: NamedDependency[CheckTaskService],
    task_id: TaskIdQuery,
) -> AuthorizationResponse:
    check_tasks.show(principal, task_id)
    return AuthorizationResponse(result=False)


ROUTER = check(
    [
        detect_language,
        show_pre_check_script,
        list_check_languages,
        show_tenant_package_status,
        show_vpcep_authorization,
    ]
)
