"""Webhooks of build tasks, as their managers see them. Bottega's own operations, in the style of v1."""

from typing import Annotated

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter

from bottega.build.api.arguments import JobId, PageIndex, PageSize
from bottega.build.api.families import v1
from bottega.build.api.hook_models import (
    CreateJobHookRequestBody,
    DeleteJobHookResponse,
    HookId,
    JobHookResponse,
    ListJobHookDeliveriesResponse,
    ListJobHooksResponse,
    RedeliverJobHookResponse,
    RotateJobHookRequestBody,
    UpdateJobHookRequestBody,
    UpdateJobHookResponse,
    change_of,
    choice_of,
    deliveries,
    delivery,
    listed,
    shown_hook,
    with_secret,
)
from bottega.build.api.paging import check_index, check_size
from bottega.build.hooks.service import HookService
from bottega.build.identifiers import HEX32_PATTERN, UUID_PATTERN
from bottega.build.service import BuildService
from bottega.http.documentation import BodyIsOptional
from bottega.http.operation import op
from bottega.iam.principal import Principal

HookIdPath = Annotated[
    str, PathParameter(description="Id of a webhook", schema_extra={"pattern": HEX32_PATTERN})
]
DeliveryId = Annotated[
    str, PathParameter(description="Id of a delivery", schema_extra={"pattern": UUID_PATTERN})
]


@post(
    "/v1/job/{job_id:str}/hooks",
    **op("create_job_hook", "Create a webhook of a build task", operation_class=BodyIsOptional),
)
def create_job_hook(
    principal: NamedDependency[Principal],
    hooks: NamedDependency[HookService],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    data: JSONBody[CreateJobHookRequestBody | None] = None,
) -> JobHookResponse:
    made = hooks.create(principal, job_id, choice_of(data))
    return JobHookResponse(result=with_secret(made, builds.settings.http.public_url))


@get("/v1/job/{job_id:str}/hooks", **op("list_job_hooks", "List the webhooks of a build task"))
def list_job_hooks(
    principal: NamedDependency[Principal],
    hooks: NamedDependency[HookService],
    builds: NamedDependency[BuildService],
    job_id: JobId,
) -> ListJobHooksResponse:
    found, watch = hooks.list(principal, job_id)
    settings = builds.settings
    polled = watch if settings.scm.poll_seconds else None
    return ListJobHooksResponse(result=listed(found, polled, settings.http.public_url))


@put("/v1/job/{job_id:str}/hooks/{hook_id:str}", **op("update_job_hook", "Change what a webhook builds"))
def update_job_hook(
    *,
    principal: NamedDependency[Principal],
    hooks: NamedDependency[HookService],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    hook_id: HookIdPath,
    data: JSONBody[UpdateJobHookRequestBody],
) -> UpdateJobHookResponse:
    hook = hooks.update(principal, job_id, hook_id, change_of(data))
    return UpdateJobHookResponse(result=shown_hook(hook, builds.settings.http.public_url))


@post(
    "/v1/job/{job_id:str}/hooks/{hook_id:str}/rotate",
    **op("rotate_job_hook", "Give a webhook another secret", operation_class=BodyIsOptional),
)
def rotate_job_hook(
    *,
    principal: NamedDependency[Principal],
    hooks: NamedDependency[HookService],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    hook_id: HookIdPath,
    data: JSONBody[RotateJobHookRequestBody | None] = None,
) -> JobHookResponse:
    secret = data.secret if data is not None else None
    made = hooks.rotate(principal, job_id, hook_id, secret or "")
    return JobHookResponse(result=with_secret(made, builds.settings.http.public_url))


@delete("/v1/job/{job_id:str}/hooks/{hook_id:str}", **op("delete_job_hook", "Delete a webhook"))
def delete_job_hook(
    principal: NamedDependency[Principal],
    hooks: NamedDependency[HookService],
    job_id: JobId,
    hook_id: HookIdPath,
) -> DeleteJobHookResponse:
    hooks.delete(principal, job_id, hook_id)
    return DeleteJobHookResponse(result=HookId(id=hook_id))


@get(
    "/v1/job/{job_id:str}/hooks/{hook_id:str}/deliveries",
    **op("list_job_hook_deliveries", "List what came in by a webhook"),
)
def list_job_hook_deliveries(
    *,
    principal: NamedDependency[Principal],
    hooks: NamedDependency[HookService],
    job_id: JobId,
    hook_id: HookIdPath,
    offset: PageIndex = 0,
    limit: PageSize = 10,
) -> ListJobHookDeliveriesResponse:
    row, size = check_index(offset, "offset"), check_size(limit, "limit")
    found, total = hooks.deliveries(principal, job_id, hook_id, offset=row, limit=size)
    return ListJobHookDeliveriesResponse(result=deliveries(found, total))


@post(
    "/v1/job/{job_id:str}/hooks/{hook_id:str}/deliveries/{delivery_id:str}/redeliver",
    **op("redeliver_job_hook", "Handle a delivery of a webhook again"),
)
def redeliver_job_hook(
    principal: NamedDependency[Principal],
    hooks: NamedDependency[HookService],
    job_id: JobId,
    hook_id: HookIdPath,
    delivery_id: DeliveryId,
) -> RedeliverJobHookResponse:
    return RedeliverJobHookResponse(result=delivery(hooks.redeliver(principal, job_id, hook_id, delivery_id)))


ROUTER = v1(
    [
        create_job_hook,
        list_job_hooks,
        update_job_hook,
        rotate_job_hook,
        delete_job_hook,
        list_job_hook_deliveries,
        redeliver_job_hook,
    ]
)
