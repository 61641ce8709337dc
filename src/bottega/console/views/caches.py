"""The dependency caches of a build task: what there is, and deleting it."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from bottega.build.access import Action
from bottega.build.service import BuildService
from bottega.caches.service import CacheService
from bottega.console.forms import Form
from bottega.console.pages import Page
from bottega.console.places import ROOT
from bottega.console.views.declaring import page as declared
from bottega.iam.principal import Principal


@get("/builds/{task_id:str}/caches", **declared())
def task_caches(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    caches: NamedDependency[CacheService],
    task_id: FromPath[str],
) -> Response[str]:
    found = caches.of_task(principal, task_id)
    return page.show(
        "builds/caches.html",
        task=builds.reader.task(principal, task_id),
        caches=found,
        tools=sorted({cache.tool for cache in found}),
        bytes=sum(cache.size for cache in found),
        may_clear=Action.MODIFY in builds.reader.actions(principal, task_id),
    )


@post("/builds/{task_id:str}/caches/clear", **declared())
def clear_caches(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    form: NamedDependency[Form],
    caches: NamedDependency[CacheService],
    task_id: FromPath[str],
) -> Response[Any]:
    caches.clear(principal, task_id, form.text("tool"))
    return page.go(f"{ROOT}/builds/{task_id}/caches", "cleared")


VIEWS = [task_caches, clear_caches]
