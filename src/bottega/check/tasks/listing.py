"""Lists of check tasks. Whole families are listed by their root."""

import asyncio
from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from bottega.check import access
from bottega.check.access import Action
from bottega.check.identifiers import check_id
from bottega.check.issues.states import ACTIVE
from bottega.check.issues.tables import CheckFile, CheckIssueCount
from bottega.check.tasks import families, names, reading
from bottega.check.tasks.settings import MergeRequest, RuleSetChoice, TaskSettings
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.iam.principal import Principal
from bottega.projects.service import require_project
from bottega.store.database import Database

NEVER, EXECUTING, SUCCESS, FAILED, ABORTED = "never_execute", "executing", "success", "failed", "aborted"
STATES = (SUCCESS, FAILED, ABORTED, EXECUTING, NEVER)
"""How lists call the state of a task's newest check (reference, section 4.1)."""
UNFINISHED = ("waiting", "running", "storing")


class TaskFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks; empty fields do not restrict. ``text`` is a part of the name.

    ``states`` are of :data:`STATES`, ``gates`` are success or error: both of the newest check of the default branch.
    """

    project_id: str = ""
    text: str = ""
    states: Collection[str] = ()
    gates: Collection[str] = ()
    group_id: str = ""
    templates: bool = False
    by_execution: bool = False
    """Newest check first; otherwise newest task first."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A family: its root, that task's newest check, and when any of the family was last checked."""

    task: CheckTask
    scan: CheckScan | None
    last_checked_at: int | None

    @property
    def rule_sets(self) -> list[RuleSetChoice]:
        """What it is checked with."""
        return msgspec.convert(self.task.settings, TaskSettings).rule_sets


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows and how many there are."""

    rows: Sequence[Listed]
    total: int


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A task of a family with its newest check, and what it checks if it is incremental."""

    task: CheckTask
    scan: CheckScan | None
    request: MergeRequest


class CheckTaskLists:
    """Pages of tasks the caller may see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, principal: Principal, where: TaskFilter, *, offset: int, limit: int) -> Page:
        """Some tasks of a project, or of all projects in which the caller may list them.

        Raises :class:`NotFound` for the project, :class:`Forbidden`.
        """
        with self._database.read() as session:
            wanted = [
                _visible(session, principal, where.project_id),
                *_conditions(principal.tenant_id, where),
            ]
            found = select(CheckTask, CheckScan).outerjoin(CheckScan, _newest()).where(*wanted)
            total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
            rows = session.execute(_ordered(found, where).offset(offset).limit(limit)).all()
            checked = _last_checked(session, [row.CheckTask.id for row in rows])
            listed = [
                Listed(
                    task=row.CheckTask,
                    scan=row.CheckScan,
                    last_checked_at=checked.get(row.CheckTask.id),
                )
                for row in rows
            ]
            return Page(rows=listed, total=total)

    def family(
        self,
        principal: Principal,
        task_id: str,
        kind: str,
        *,
        project_id: str = "",
        text: str = "",
        since: int | None = None,
        until: int | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> tuple[list[Member], int]:
        """Tasks of one kind that belong to a task's family, and how many there are; the root of branches comes first.

        ``text`` is a part of the branch; ``since`` and ``until`` are when they were made. Raises :class:`Invalid`,
        :class:`UnknownTask`, :class:`Forbidden`.
        """
        with self._database.read() as session:
            if project_id:
                task = reading.in_project(session, principal.tenant_id, project_id, task_id)
            else:
                task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.GET)
            root_id = task.parent_id or task.id
            wanted = [
                or_(CheckTask.id == root_id, CheckTask.parent_id == root_id),
                CheckTask.kind == kind,
                CheckTask.deleted_at.is_(None),
            ]
            if text:
                wanted.append(CheckTask.branch.icontains(text, autoescape=True))
            if since is not None:
                wanted.append(CheckTask.created_at >= since)
            if until is not None:
                wanted.append(CheckTask.created_at <= until)
            total = session.scalar(select(func.count()).select_from(CheckTask).where(*wanted)) or 0
            query = select(CheckTask, CheckScan).outerjoin(CheckScan, _newest()).where(*wanted)
            in_order = query.order_by(
                CheckTask.parent_id.is_not(None), CheckTask.created_at.desc(), CheckTask.id
            )
            rows = session.execute(in_order.offset(offset).limit(limit)).all()
            found = [
                Member(task=one, scan=scan, request=families.merge_request_of(one)) for one, scan in rows
            ]
            return found, total

    async def branches(self, principal: Principal, task_id: str) -> set[str]:
        """Branches of which the family has tasks. Raises like :meth:`family`."""
        members, _ = await asyncio.to_thread(self.family, principal, task_id, families.BRANCH)
        return {member.task.branch for member in members}

    def repositories(
        self, principal: Principal, project_id: str, text: str, *, offset: int, limit: int
    ) -> tuple[list[tuple[str, str]], int]:
        """Repositories of the tasks the caller may list: their spelling and a URL. Raises like :meth:`page`."""
        with self._database.read() as session:
            where = TaskFilter(project_id=project_id)
            wanted = [_visible(session, principal, project_id), *_conditions(principal.tenant_id, where)]
            if text:
                wanted.append(CheckTask.repository.icontains(text, autoescape=True))
            query = select(CheckTask.repository, func.max(CheckTask.git_url)).where(*wanted)
            found = query.group_by(CheckTask.repository)
            total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
            rows = session.execute(found.order_by(CheckTask.repository).offset(offset).limit(limit))
            return [(repository, url or "") for repository, url in rows], total

    def sums(self, principal: Principal, project_id: str) -> tuple[int, int]:
        """Lines of code and open issues of the default branches the caller may list. Raises like :meth:`page`."""
        with self._database.read() as session:
            where = TaskFilter(project_id=project_id)
            wanted = [_visible(session, principal, project_id), *_conditions(principal.tenant_id, where)]
            tasks = select(CheckTask.id).where(*wanted)
            lines = select(func.sum(CheckFile.metrics["code"].as_integer())).where(
                CheckFile.task_id.in_(tasks)
            )
            issues = select(func.sum(CheckIssueCount.count)).where(
                CheckIssueCount.task_id.in_(tasks),
                CheckIssueCount.status.in_(ACTIVE),
                CheckIssueCount.deferred.is_(False),
            )
            return int(session.scalar(lines) or 0), int(session.scalar(issues) or 0)

    def count(self, principal: Principal) -> int:
        """How many tasks the tenant has, those of branches included."""
        with self._database.read() as session:
            return names.count(session, principal.tenant_id)


def state_of(scan: CheckScan | None) -> str:
    """How lists call the state of a check."""
    if scan is None:
        return NEVER
    return EXECUTING if scan.state in UNFINISHED else scan.state


def _visible(session: Session, principal: Principal, project_id: str) -> ColumnElement[bool]:
    if not project_id:
        return access.visible_tasks(session, principal, Action.LIST)
    check_id(project_id, "project_id")
    require_project(session, principal.tenant_id, project_id)
    access.require_on_project(session, principal, project_id, Action.LIST)
    return CheckTask.project_id == project_id


def _newest() -> ColumnElement[bool]:
    return and_(CheckScan.task_id == CheckTask.id, CheckScan.number == CheckTask.last_number)


def _conditions(tenant_id: str, where: TaskFilter) -> list[ColumnElement[bool]]:
    wanted = [
        CheckTask.tenant_id == tenant_id,
        CheckTask.parent_id.is_(None),
        CheckTask.deleted_at.is_(None),
    ]
    if where.text:
        wanted.append(CheckTask.name.icontains(where.text, autoescape=True))
    if where.group_id:
        wanted.append(CheckTask.group_id == where.group_id)
    if where.templates:
        wanted.append(CheckTask.template.is_(True))
    if where.gates:
        wanted.append(CheckScan.gate.in_(where.gates))
    if where.states:
        state = case(
            (CheckScan.state.is_(None), NEVER),
            (CheckScan.state.in_(UNFINISHED), EXECUTING),
            else_=CheckScan.state,
        )
        wanted.append(state.in_(where.states))
    return wanted


def _ordered(query: Select[CheckTask, CheckScan], where: TaskFilter) -> Select[CheckTask, CheckScan]:
    newest_task = (CheckTask.created_at.desc(), CheckTask.id)
    if where.by_execution:
        # Databases disagree on where nothing comes in an order.
        begun = func.coalesce(CheckScan.created_at, 0)
        return query.order_by(begun.desc(), *newest_task)
    return query.order_by(*newest_task)


def _last_checked(session: Session, root_ids: Sequence[str]) -> dict[str, int]:
    root = func.coalesce(CheckTask.parent_id, CheckTask.id)
    query = (
        select(root, func.max(CheckTask.last_checked_at))
        .where(
            or_(CheckTask.id.in_(root_ids), CheckTask.parent_id.in_(root_ids)),
            CheckTask.last_checked_at.is_not(None),
        )
        .group_by(root)
    )
    return {root_id: at for root_id, at in session.execute(query) if at is not None}
