"""Reading issues: lists, facets, totals, and the code around one."""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bottega.check import access
from bottega.check.access import Action
from bottega.check.errors import UnknownScan
from bottega.check.identifiers import check_id
from bottega.check.issues.counting import Counted, counts_of
from bottega.check.issues.errors import UnknownIssue
from bottega.check.issues.filters import IssueFilter
from bottega.check.issues.lists import IssueLists
from bottega.check.issues.rulebook import RuleBook
from bottega.check.issues.tables import CheckIssue, CheckIssueEvent
from bottega.check.tasks import reading
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.iam.principal import Principal
from bottega.store.database import Database

SUCCESS = "success"
MOST_VALUES = 1_000
"""So many authors or files a facet names at most, those with most issues."""
MOST_SCANS = 1_000
"""So many scans a trend has at most, the newest."""


class IssuePage(msgspec.Struct, frozen=True):
    issues: list[CheckIssue]
    total: int


class TaskState(msgspec.Struct, frozen=True, kw_only=True):
    """A task, its newest scan whose results are in, if there is one, and how many issues it has."""

    task: CheckTask
    scan: CheckScan | None
    counts: Mapping[Counted, int]


class Facets(msgspec.Struct, frozen=True):
    """How many issues of a list have which value. Booleans by False and True."""

    statuses: Counter[int] = msgspec.field(default_factory=Counter[int])
    severities: Counter[int] = msgspec.field(default_factory=Counter[int])
    deferred: Counter[bool] = msgspec.field(default_factory=Counter[bool])
    new: Counter[bool] = msgspec.field(default_factory=Counter[bool])
    languages: Counter[str] = msgspec.field(default_factory=Counter[str])
    rules: Counter[str] = msgspec.field(default_factory=Counter[str])
    authors: Counter[str] = msgspec.field(default_factory=Counter[str])
    paths: Counter[str] = msgspec.field(default_factory=Counter[str])


class IssueService:
    """Needs the right to see the task's report. Raises :class:`Invalid`, :class:`UnknownTask`, :class:`Forbidden`.

    A ``scan_id`` names the task's own check, or one of a branch or merge request of its family: the issues are those
    of the task that was checked, as they are now. Raises :class:`UnknownScan`.
    """

    def __init__(self, database: Database, rules: RuleBook) -> None:
        self._database = database
        self._lists = IssueLists()
        self.rules = rules

    def page(  # noqa: PLR0917 - who, of what, which
        self,
        principal: Principal,
        task_id: str,
        where: IssueFilter,
        offset: int,
        limit: int,
        scan_id: str = "",
    ) -> IssuePage:
        """Some issues, the gravest first, and how many there are."""
        with self._database.read() as session:
            task = _seen(session, principal, task_id, scan_id)
            counts = counts_of(session, task.id)
            at = task.id, task.issue_version
            rows, total = self._lists.page(session, at, where, counts, offset=offset, limit=limit)
        return IssuePage(rows, total)

    def state(self, principal: Principal, task_id: str, scan_id: str = "") -> TaskState:
        """The task's newest results, or those of one scan."""
        with self._database.read() as session:
            task = _seen(session, principal, task_id, scan_id)
            scan = session.get_one(CheckScan, scan_id) if scan_id else reading.latest(session, task, SUCCESS)
            return TaskState(task=task, scan=scan, counts=counts_of(session, task.id))

    def facets(
        self, principal: Principal, task_id: str, where: IssueFilter, scan_id: str = "", *, places: bool
    ) -> Facets:
        """What the issues of a list have in common; with ``places`` also authors and files, which takes longer."""
        with self._database.read() as session:
            task = _seen(session, principal, task_id, scan_id)
            if where.is_counted:
                counts = {one: n for one, n in counts_of(session, task.id).items() if where.has(one)}
            else:
                counts = _counted(session, task.id, where)
            found = Facets()
            for one, count in counts.items():
                found.statuses[one.status] += count
                found.severities[one.severity] += count
                found.deferred[one.deferred] += count
                found.new[one.is_new] += count
                found.languages[one.language] += count
                found.rules[one.rule] += count
            if places:
                _count_places(session, task.id, where, found)
        return found

    def trend(self, principal: Principal, task_id: str, since: int, until: int) -> Sequence[CheckScan]:
        """The successful scans that ended from ``since`` to before ``until``, oldest first."""
        with self._database.read() as session:
            task = _seen(session, principal, task_id)
            query = (
                select(CheckScan)
                .where(CheckScan.task_id == task.id, CheckScan.state == SUCCESS)
                .where(CheckScan.finished_at >= since, CheckScan.finished_at < until)
                .order_by(CheckScan.number.desc())
                .limit(MOST_SCANS)
            )
            return list(session.scalars(query))[::-1]

    def issue(
        self, principal: Principal, task_id: str, issue_id: str, scan_id: str = ""
    ) -> tuple[CheckIssue, Sequence[CheckIssueEvent]]:
        """One issue, and what happened to it, oldest first. Raises :class:`UnknownIssue`."""
        with self._database.read() as session:
            task = _seen(session, principal, task_id, scan_id)
            found = session.get(CheckIssue, check_id(issue_id, "mergeKey"))
            if found is None or found.task_id != task.id:
                raise UnknownIssue(issue_id)
            query = select(CheckIssueEvent).where(CheckIssueEvent.issue_id == issue_id)
            return found, session.scalars(query.order_by(CheckIssueEvent.id)).all()


def _seen(session: Session, principal: Principal, task_id: str, scan_id: str = "") -> CheckTask:
    return task_of(session, principal, task_id, scan_id, Action.GET_REPORT)


def task_of(session: Session, principal: Principal, task_id: str, scan_id: str, action: Action) -> CheckTask:
    """The task whose issues are meant: the one of that id, or the one of its family that the scan has checked."""
    task = reading.task(session, principal.tenant_id, task_id)
    access.require_on_task(session, principal, task, action)
    if not scan_id:
        return task
    scan = session.get(CheckScan, check_id(scan_id, "job_id"))
    if scan is None or scan.tenant_id != principal.tenant_id:
        raise UnknownScan(scan_id)
    if scan.task_id == task.id:
        return task
    other = session.get(CheckTask, scan.task_id)
    if other is None or other.parent_id != task.id or other.deleted_at is not None:
        raise UnknownScan(scan_id)
    return other


def _counted(session: Session, task_id: str, where: IssueFilter) -> dict[Counted, int]:
    columns = [getattr(CheckIssue, name) for name in Counted._fields]
    query = select(*columns, func.count()).where(where.condition(task_id)).group_by(*columns)
    return {Counted(*row[:-1]): row[-1] for row in session.execute(query)}


def _count_places(session: Session, task_id: str, where: IssueFilter, found: Facets) -> None:
    for column, counter in ((CheckIssue.author, found.authors), (CheckIssue.path, found.paths)):
        query = (
            select(column, func.count())
            .where(where.condition(task_id), column != "")
            .group_by(column)
            .order_by(func.count().desc(), column)
            .limit(MOST_VALUES)
        )
        counter.update({str(value): count for value, count in session.execute(query)})
