"""Issues of a check task: the list with its filters, one issue with its code, and what people say of them."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from bottega.check.access import Action
from bottega.check.gates.gate import NAMES
from bottega.check.issues.changing import IssueChanges
from bottega.check.issues.filters import IssueFilter
from bottega.check.issues.service import IssueService
from bottega.check.issues.states import ACTIVE, IssueStatus
from bottega.check.issues.transitions import SAID, may_become
from bottega.check.tasks.service import CheckTaskService
from bottega.console.forms import Form
from bottega.console.pages import Page
from bottega.console.places import ROOT, onward
from bottega.console.views.declaring import page as declared
from bottega.errors import Forbidden, Invalid
from bottega.iam.principal import Principal

ISSUES = 50
MOST_RULES = 300
STATUSES: dict[str, tuple[int, ...] | None] = {
    "open": tuple(sorted(ACTIVE)),
    "resolved": (IssueStatus.RESOLVED,),
    "ignored": (IssueStatus.IGNORED,),
    "fixed": (IssueStatus.FIXED,),
    "gone": (IssueStatus.GONE,),
    "all": None,
}
"""What can be asked for, the first one if nothing is."""
STATUS_NAMES = {
    IssueStatus.OPEN: "open",
    IssueStatus.RESOLVED: "resolved",
    IssueStatus.IGNORED: "ignored",
    IssueStatus.REOPENED: "reopened",
    IssueStatus.REVIEW: "to be reviewed",
    IssueStatus.FIXED: "fixed",
    IssueStatus.GONE: "not looked for",
}
WORDS = {STATUS_NAMES[status]: status for status in SAID}
"""What people may say of an issue."""


@get("/checks/{task_id:str}/issues", **declared())
def issue_list(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    check_tasks: NamedDependency[CheckTaskService],
    issues: NamedDependency[IssueService],
    task_id: FromPath[str],
) -> Response[str]:
    where = _filter(page)
    found = issues.page(principal, task_id, where, (page.number - 1) * ISSUES, ISSUES)
    around = IssueFilter(statuses=where.statuses, deferred=where.deferred)
    facets = issues.facets(principal, task_id, around, places=False)
    return page.show(
        "checks/issues.html",
        task=check_tasks.show(principal, task_id).task,
        issues=found.issues,
        total=found.total,
        each=ISSUES,
        where=where,
        status=page.asked("status") or next(iter(STATUSES)),
        statuses=list(STATUSES),
        severities=NAMES,
        by_severity=facets.severities,
        rules=facets.rules.most_common(MOST_RULES),
        languages=facets.languages.most_common(),
        names=STATUS_NAMES,
        words=list(WORDS),
        may_say=_may_say(check_tasks, principal, task_id),
    )


@get("/checks/{task_id:str}/issues/{issue_id:str}", **declared())
def one_issue(  # noqa: PLR0917 - the services that know of it
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    check_tasks: NamedDependency[CheckTaskService],
    issues: NamedDependency[IssueService],
    task_id: FromPath[str],
    issue_id: FromPath[str],
) -> Response[str]:
    issue, history = issues.issue(principal, task_id, issue_id)
    return page.show(
        "checks/issue.html",
        task=check_tasks.show(principal, task_id).task,
        issue=issue,
        history=history,
        facts=issues.rules.facts(issue.rule),
        names=STATUS_NAMES,
        words=[STATUS_NAMES[status] for status in may_become(issue.status)],
        may_say=_may_say(check_tasks, principal, task_id),
    )


@post("/checks/{task_id:str}/issues/say", **declared())
def say(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    form: NamedDependency[Form],
    issue_changes: NamedDependency[IssueChanges],
    task_id: FromPath[str],
) -> Response[Any]:
    word = form.text("status")
    if word not in WORDS:
        raise Invalid("status", f"expected one of {', '.join(WORDS)}")
    chosen = form.all("issue")
    if not chosen:
        raise Invalid("issue", "no issue was chosen")
    issue_changes.say(principal, task_id, chosen, WORDS[word], form.text("comment"))
    back = onward(form.text("back"))
    return page.go(f"{ROOT}/checks/{task_id}/issues" if back == ROOT else back.partition("?")[0], "judged")


def _filter(page: Page) -> IssueFilter:
    status = page.asked("status") or next(iter(STATUSES))
    if status not in STATUSES:
        raise Invalid("status", f"expected one of {', '.join(STATUSES)}")
    severities = tuple(sorted({NAMES.index(name) for name in page.asked_all("severity") if name in NAMES}))
    new = page.asked("new")
    rule, language, path = page.asked("rule"), page.asked("language"), page.asked("path")
    return IssueFilter(
        statuses=STATUSES[status],
        severities=severities or None,
        deferred=page.asked("deferred") == "yes",
        new={"yes": True, "no": False}.get(new),
        rules=(rule,) if rule else None,
        languages=(language,) if language else None,
        paths=(path,) if path else None,
    )


def _may_say(check_tasks: CheckTaskService, principal: Principal, task_id: str) -> bool:
    try:
        check_tasks.show(principal, task_id, Action.UPDATE_REPORT)
    except Forbidden:
        return False
    return True


VIEWS = [issue_list, one_issue, say]
