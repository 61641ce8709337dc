"""Check tasks: the list of them, and one with its newest results, its verdict and its checks."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from bottega.check.access import Action
from bottega.check.gates.gate import NAMES
from bottega.check.gates.service import GateService
from bottega.check.issues.figures import open_by_severity
from bottega.check.issues.service import IssueService
from bottega.check.scans.history import ScanHistory, Window
from bottega.check.scans.service import ScanService
from bottega.check.scans.states import UNFINISHED
from bottega.check.tasks.families import BRANCH, MERGE
from bottega.check.tasks.listing import STATES, CheckTaskLists, TaskFilter
from bottega.check.tasks.service import CheckTaskService
from bottega.console.pages import Page
from bottega.console.places import ROOT
from bottega.console.views import projects as of_projects
from bottega.console.views.declaring import page as declared
from bottega.errors import Forbidden
from bottega.iam.principal import Principal
from bottega.projects.service import ProjectService

TASKS, SCANS, MEMBERS = 25, 10, 50
STATE_NAMES = {
    "never_execute": "never checked",
    "executing": "running",
    "success": "done",
    "aborted": "stopped",
}
GATES = {"success": "passed", "error": "failed"}


@get("/checks", **declared())
def check_tasks(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    check_lists: NamedDependency[CheckTaskLists],
    projects: NamedDependency[ProjectService],
) -> Response[str]:
    state, gate = page.asked("state"), page.asked("gate")
    where = TaskFilter(
        project_id=page.asked("project"),
        text=page.asked("text"),
        states=(state,) if state else (),
        gates=(gate,) if gate else (),
    )
    found = check_lists.page(principal, where, offset=(page.number - 1) * TASKS, limit=TASKS)
    return page.show(
        "checks/list.html",
        checks=found.rows,
        total=found.total,
        each=TASKS,
        where=where,
        state=state,
        gate=gate,
        states=[(word, STATE_NAMES.get(word, word)) for word in STATES],
        gates=GATES,
        projects=of_projects.choices(projects, principal),
    )


@get("/checks/{task_id:str}", **declared())
def check_task(  # noqa: PLR0917 - the services that know of it
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    check_tasks: NamedDependency[CheckTaskService],
    check_gates: NamedDependency[GateService],
    check_lists: NamedDependency[CheckTaskLists],
    issues: NamedDependency[IssueService],
    scan_history: NamedDependency[ScanHistory],
    task_id: FromPath[str],
) -> Response[str]:
    shown = check_tasks.show(principal, task_id)
    newest = scan_history.progress(principal, task_id)
    scans = scan_history.page(principal, task_id, Window(), offset=(page.number - 1) * SCANS, limit=SCANS)
    try:
        state = issues.state(principal, task_id)
    except Forbidden:
        # Some may see the task and not its report.
        state = None
    going = newest.scan is not None and newest.scan.state in UNFINISHED
    return page.show(
        "checks/task.html",
        task=shown.task,
        settings=shown.settings,
        request=shown.request,
        level=check_gates.of_task(principal, task_id),
        severities=NAMES,
        newest=newest,
        going=going,
        results=state.scan if state else None,
        may_see=state is not None,
        counts=open_by_severity(state.counts) if state else [],
        scans=scans.rows,
        total=scans.total,
        each=SCANS,
        members=_others(check_lists, principal, task_id),
        may_run=_may_run(check_tasks, principal, task_id),
    )


@post("/checks/{task_id:str}/run", **declared())
def run_check(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    scans: NamedDependency[ScanService],
    task_id: FromPath[str],
) -> Response[Any]:
    scan = scans.run(principal, task_id)
    return page.go(f"{ROOT}/checks/{task_id}/scans/{scan.id}", "check")


@post("/checks/{task_id:str}/stop", **declared())
def stop_check(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    scans: NamedDependency[ScanService],
    task_id: FromPath[str],
) -> Response[Any]:
    scan = scans.stop(principal, task_id)
    return page.go(f"{ROOT}/checks/{task_id}/scans/{scan.id}", "stopping")


def _others(lists: CheckTaskLists, principal: Principal, task_id: str) -> list[Any]:
    """The other branches, and the merge requests, of the task's repository."""
    found = [lists.family(principal, task_id, kind, limit=MEMBERS)[0] for kind in (BRANCH, MERGE)]
    return [member for members in found for member in members if member.task.id != task_id]


def _may_run(check_tasks: CheckTaskService, principal: Principal, task_id: str) -> bool:
    try:
        check_tasks.show(principal, task_id, Action.EXECUTE)
    except Forbidden:
        return False
    return True


VIEWS = [check_tasks, check_task, run_check, stop_check]
