"""Single settings of check tasks, v1, v2 and v4."""

import msgspec
from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from bottega.check.api.basic_models import pool_type
from bottega.check.api.families import TaskFrame, check
from bottega.check.api.nothing import AnswersNull
from bottega.check.api.task_arguments import TaskId
from bottega.check.api.task_models import pool_of
from bottega.check.api.v1_gates import TaskIdField, TextResponse
from bottega.check.tasks.changing import TaskChanges
from bottega.check.tasks.service import MAX_ENDPOINT, CheckTaskService
from bottega.check.tasks.settings import TaskSettings
from bottega.check.tasks.texts import checked_pool, checked_text, checked_word
from bottega.errors import Invalid
from bottega.http.operation import op
from bottega.iam.principal import Principal

MERGE_MODES = (0, 4, 5)
CHECK_MODES = (0, 1)
FORGES = ("", "Gitee", "GitCode")


class MrCheckModeRequestBody(msgspec.Struct, kw_only=True):
    """``mrCheckMode``: 4 changed files, 5 the whole source branch, 0 changed code."""

    id: TaskIdField
    mrCheckMode: int  # noqa: N815 - as on the wire


class PipelineTaskRequestBody(msgspec.Struct, kw_only=True):
    """What is left out stays. ``full_check_mode``: 0 everything, 1 the newest commit."""

    repo_url: str | None = None
    endpoint_id: str | None = None
    repo_type: str | None = None
    auth_type: str | None = None
    full_check_mode: int | None = None


class WebhookRequestBody(msgspec.Struct, kw_only=True):
    """What is left out stays."""

    is_set_mr_webhook: bool | None = None
    is_set_push_webhook: bool | None = None


class WebhookResponse(msgspec.Struct, kw_only=True):
    result: str


class OwnerMatching(msgspec.Struct, kw_only=True):
    enabled: bool


class OwnerMatchingResponse(TaskFrame, kw_only=True):
    result: OwnerMatching


class ResourcePool(msgspec.Struct, kw_only=True):
    """``resource_pool_id`` is the name of a pool of agents, and empty for the default one."""

    resource_pool_id: str | None = None
    resource_pool_type: str | None = None


class ResourcePoolResult(msgspec.Struct, kw_only=True):
    resource_pool_id: str
    resource_pool_type: str


class ResourcePoolResponse(TaskFrame, kw_only=True):
    result: ResourcePoolResult


@put("/v1/task/check-mode", **op("update_mr_check_mode", "Choose what checks of merge requests look at"))
def update_mr_check_mode(
    principal: NamedDependency[Principal],
    check_changes: NamedDependency[TaskChanges],
    data: JSONBody[MrCheckModeRequestBody],
) -> TextResponse:
    if data.mrCheckMode not in MERGE_MODES:
        raise Invalid("mrCheckMode", f"{data.mrCheckMode} is none of {', '.join(map(str, MERGE_MODES))}")

    def apply(settings: TaskSettings) -> None:
        settings.merge_mode = data.mrCheckMode

    check_changes.change(principal, data.id, "check mode", apply)
    return TextResponse(result="更新检查模式配置成功")


@put(
    "/v2/pipeline-task/{task_id:str}",
    **op(
        "modify_pipeline_task_v2",
        "Change a task's repository and what it checks",
        operation_class=AnswersNull,
    ),
)
def modify_pipeline_task_v2(
    principal: NamedDependency[Principal],
    check_changes: NamedDependency[TaskChanges],
    task_id: TaskId,
    data: JSONBody[PipelineTaskRequestBody],
) -> None:
    for field in ("repo_type", "auth_type"):
        checked_word(getattr(data, field) or "", field, FORGES)
    mode = data.full_check_mode
    if mode is not None and mode not in CHECK_MODES:
        raise Invalid("full_check_mode", f"{mode} is neither 0 nor 1")

    def apply(settings: TaskSettings) -> None:
        if mode is not None:
            settings.check_mode = mode
        if data.endpoint_id is not None:
            settings.endpoint_id = checked_text(data.endpoint_id, "endpoint_id", MAX_ENDPOINT)

    check_changes.repository(principal, task_id, data.repo_url or "", apply, url_field="repo_url")


@put(
    "/v4/tasks/{task_id:str}/webhook",
    **op("update_code_check_webhook", "Choose what starts checks of a task"),
)
def update_code_check_webhook(
    principal: NamedDependency[Principal],
    check_changes: NamedDependency[TaskChanges],
    task_id: TaskId,
    data: JSONBody[WebhookRequestBody],
) -> WebhookResponse:
    def apply(settings: TaskSettings) -> None:
        if data.is_set_mr_webhook is not None:
            settings.trigger_on_merge_request = data.is_set_mr_webhook
        if data.is_set_push_webhook is not None:
            settings.trigger_on_push = data.is_set_push_webhook

    check_changes.change(principal, task_id, "triggers", apply)
    return WebhookResponse(result="CodeArts Repo 集成设置更新成功")


@get(
    "/v1/tasks/{task_id:str}/owner-matching-switch",
    **op("show_owner_matching_switch", "Tell whether authors become owners of issues"),
)
def show_owner_matching_switch(
    principal: NamedDependency[Principal], check_tasks: NamedDependency[CheckTaskService], task_id: TaskId
) -> OwnerMatchingResponse:
    settings = check_tasks.show(principal, task_id).settings
    return OwnerMatchingResponse(result=OwnerMatching(enabled=settings.owner_matching))


@put(
    "/v1/tasks/{task_id:str}/owner-matching-switch",
    **op("update_owner_matching_switch", "Choose whether authors become owners of issues"),
)
def update_owner_matching_switch(
    principal: NamedDependency[Principal],
    check_changes: NamedDependency[TaskChanges],
    task_id: TaskId,
    data: JSONBody[OwnerMatching],
) -> OwnerMatchingResponse:
    def apply(settings: TaskSettings) -> None:
        settings.owner_matching = data.enabled

    check_changes.change(principal, task_id, "owner matching", apply)
    return OwnerMatchingResponse(result=OwnerMatching(enabled=data.enabled))


@get("/v1/tasks/{task_id:str}/resource-pool", **op("show_task_resource_pool", "Show where a task is checked"))
def show_task_resource_pool(
    principal: NamedDependency[Principal], check_tasks: NamedDependency[CheckTaskService], task_id: TaskId
) -> ResourcePoolResponse:
    return _pool(check_tasks.show(principal, task_id).settings.pool)


@put(
    "/v1/tasks/{task_id:str}/resource-pool",
    **op("update_task_resource_pool", "Choose where a task is checked"),
)
def update_task_resource_pool(
    principal: NamedDependency[Principal],
    check_changes: NamedDependency[TaskChanges],
    task_id: TaskId,
    data: JSONBody[ResourcePool],
) -> ResourcePoolResponse:
    pool = checked_pool(pool_of(data.resource_pool_id, data.resource_pool_type), "resource_pool_id")

    def apply(settings: TaskSettings) -> None:
        settings.pool = pool

    check_changes.change(principal, task_id, "pool", apply)
    return _pool(pool)


def _pool(pool: str) -> ResourcePoolResponse:
    return ResourcePoolResponse(
        result=ResourcePoolResult(resource_pool_id=pool, resource_pool_type=pool_type(pool))
    )


ROUTER = check(
    [
        update_mr_check_mode,
        modify_pipeline_task_v2,
        update_code_check_webhook,
        show_owner_matching_switch,
        update_owner_matching_switch,
        show_task_resource_pool,
        update_task_resource_pool,
    ]
)
