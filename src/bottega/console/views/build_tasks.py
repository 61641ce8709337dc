"""Build tasks: the list of them, and one with its builds."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from bottega.build.access import Action
from bottega.build.compile import RunChoices
from bottega.build.definition import Definition
from bottega.build.listing import STATUSES, TaskFilter
from bottega.build.parameters import Parameter
from bottega.build.service import BuildService
from bottega.build.wire import ParameterItem
from bottega.console.forms import Form
from bottega.console.pages import Page
from bottega.console.places import ROOT
from bottega.console.views import projects as of_projects
from bottega.console.views.declaring import page as declared
from bottega.iam.principal import Principal
from bottega.projects.service import ProjectService
from bottega.runs.queries import RunFilter

TASKS, BUILDS = 25, 25
FIELD = "parameter-"
"""How the fields of a build's parameters begin."""
WORDS = {"red": "failed", "blue": "success", "none": "never built"}


@get("/builds", **declared())
def build_tasks(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    projects: NamedDependency[ProjectService],
) -> Response[str]:
    where = TaskFilter(
        tenant_id=principal.tenant_id,
        project_id=page.asked("project"),
        search=page.asked("text"),
        build_status=page.asked("state"),
    )
    tasks, total = builds.reader.tasks(principal, where, offset=(page.number - 1) * TASKS, limit=TASKS)
    return page.show(
        "builds/list.html",
        tasks=tasks,
        total=total,
        each=TASKS,
        where=where,
        states=[(word, WORDS.get(word, word)) for word in STATUSES],
        projects=of_projects.choices(projects, principal),
    )


@get("/builds/{task_id:str}", **declared())
def build_task(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    task_id: FromPath[str],
) -> Response[str]:
    actions = builds.reader.actions(principal, task_id)
    where = RunFilter(tenant_id=principal.tenant_id, task_id=task_id)
    found = builds.reader.history(principal, task_id, where, offset=(page.number - 1) * BUILDS, limit=BUILDS)
    return page.show(
        "builds/task.html",
        task=found.task,
        project_name=builds.reader.project_name(found.task),
        runs=found.runs,
        total=found.total,
        each=BUILDS,
        health=found.health,
        may_run=Action.EXECUTE in actions,
        parameters=_declared(found.task.definition),
        field=FIELD,
    )


@post("/builds/{task_id:str}/run", **declared())
def run_build_task(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    form: NamedDependency[Form],
    builds: NamedDependency[BuildService],
    task_id: FromPath[str],
) -> Response[Any]:
    parameters = _declared(builds.reader.task(principal, task_id).definition)
    given = form.items()
    chosen = [
        ParameterItem(name=one.name, value=given[FIELD + one.name])
        for one in parameters
        # An empty field for a private parameter keeps its default, which no page shows.
        if FIELD + one.name in given and given[FIELD + one.name] != ("" if one.private else one.default)
    ]
    run = builds.execute(principal, task_id, RunChoices(parameters=chosen))
    return page.go(f"{ROOT}/records/{run.id}", "accepted")


def _declared(definition: dict[str, Any]) -> list[Parameter]:
    return msgspec.convert(definition, Definition).declared()


VIEWS = [build_tasks, build_task, run_build_task]
