"""Listing and clearing the caches of a build task."""

from typing import Annotated

import msgspec
from litestar import delete, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from bottega.build.api.envelopes import ResultEnvelope
from bottega.build.api.log_arguments import JobIdQuery
from bottega.build.api.paging import check_filter
from bottega.caches.service import CacheService
from bottega.caches.tables import DependencyCache
from bottega.clock import zulu
from bottega.http.operation import op
from bottega.iam.principal import Principal

TASK, PROJECT = "task", "project"

ToolQuery = Annotated[str, QueryParameter(description="Name of a step, such as maven; all without it")]


class CacheRow(msgspec.Struct, kw_only=True):
    """``scope`` is ``task`` or ``project``, ``size`` in bytes as stored, ``build_no`` the build that left it."""

    id: str
    tool: str
    key: str
    scope: str
    size: int
    sha256: str
    build_no: int
    created_at: str
    used_at: str


class CacheList(msgspec.Struct, kw_only=True):
    total: int
    caches: list[CacheRow]


class ListCachesResponse(ResultEnvelope, kw_only=True):
    result: CacheList


class ClearedCaches(msgspec.Struct, kw_only=True):
    """``deleted`` is how many caches went."""

    deleted: int


class DeleteCachesResponse(ResultEnvelope, kw_only=True):
    result: ClearedCaches


@get("/v1/caches", **op("list_caches", "List the dependency caches of a build task"))
def list_caches(
    principal: NamedDependency[Principal], caches: NamedDependency[CacheService], job_id: JobIdQuery
) -> ListCachesResponse:
    rows = [_row(one) for one in caches.of_task(principal, job_id)]
    return ListCachesResponse(result=CacheList(total=len(rows), caches=rows))


@delete("/v1/caches", **op("delete_caches", "Delete the dependency caches of a build task"))
def delete_caches(
    principal: NamedDependency[Principal],
    caches: NamedDependency[CacheService],
    job_id: JobIdQuery,
    tool: ToolQuery = "",
) -> DeleteCachesResponse:
    count = caches.clear(principal, job_id, check_filter(tool, "tool"))
    return DeleteCachesResponse(result=ClearedCaches(deleted=count))


def _row(cache: DependencyCache) -> CacheRow:
    return CacheRow(
        id=cache.id,
        tool=cache.tool,
        key=cache.key,
        scope=PROJECT if cache.shared else TASK,
        size=cache.size,
        sha256=cache.sha256,
        build_no=cache.number,
        created_at=zulu(cache.created_at),
        used_at=zulu(cache.used_at),
    )
