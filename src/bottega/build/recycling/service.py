"""What the API does with the recycle bin."""

from collections.abc import Sequence

import msgspec
import structlog
from sqlalchemy import BigInteger, func, literal, select, update
from sqlalchemy.orm import Session

from bottega.audit import trail
from bottega.audit.events import AuditKind, AuditName
from bottega.build import access
from bottega.build.access import Action
from bottega.build.hooks import watching
from bottega.build.identifiers import check_job_id
from bottega.build.noting import note
from bottega.build.recycling.purging import Purge
from bottega.build.recycling.tables import KeepTime
from bottega.build.tables import BuildTask
from bottega.build.timers import planning
from bottega.clock import epoch_ms
from bottega.errors import Conflict, Invalid, NotFound
from bottega.iam.principal import Principal, Right
from bottega.projects.tables import Project
from bottega.store.database import Database

DEFAULT_DAYS = 30
MAX_DAYS = 30
DAY_MS = 24 * 3600 * 1000
MAX_TASKS = 100
EXPIRED_AT_ONCE = 100
GONE = "purging"
"""``deleted_by`` of a task that is being purged: in no bin any more, and taken up again after a crash."""

log = structlog.get_logger(__name__)


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """A page of deleted tasks, newest deletion first; how many there are; and how many days they are kept."""

    tasks: list[BuildTask]
    total: int
    keep_days: int


class RecycleBin:
    """A deleted task is seen, restored and purged by whoever may delete it."""

    def __init__(self, database: Database, purge: Purge) -> None:
        self._database = database
        self._purge = purge

    def page(self, principal: Principal, *, search: str, offset: int, limit: int) -> Bin:
        """Deleted tasks the caller may view; ``search`` is looked for in their names."""
        with self._database.read() as session:
            wanted = [
                BuildTask.tenant_id == principal.tenant_id,
                BuildTask.deleted_at.is_not(None),
                BuildTask.deleted_by != GONE,
                access.visible_tasks(session, principal),
            ]
            if search:
                wanted.append(BuildTask.name.icontains(search, autoescape=True))
            total = session.scalar(select(func.count()).select_from(BuildTask).where(*wanted)) or 0
            query = select(BuildTask).where(*wanted).order_by(BuildTask.deleted_at.desc(), BuildTask.id)
            tasks = list(session.scalars(query.offset(offset).limit(limit)))
            return Bin(tasks=tasks, total=total, keep_days=_keep_days(session, principal.tenant_id))

    def restore(self, principal: Principal, task_ids: Sequence[str]) -> None:
        """Bring tasks back, all or none: their history, numbers and settings are as they were.

        Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`, and :class:`Conflict` when the project or a free
        name is missing.
        """
        with self._database.write() as session:
            for task in _binned(session, principal, task_ids):
                _check_place(session, task)
                task.deleted_at = None
                task.deleted_by = ""
                session.flush()
                planning.resumed(session, task)
                watching.resumed(session, task.id)
                note(session, principal, task, AuditName.RESTORE_JOB)

    def delete(self, principal: Principal, task_ids: Sequence[str]) -> None:
        """Purge tasks at once. Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`; then none is purged."""
        with self._database.write() as session:
            for task in _binned(session, principal, task_ids):
                _give_up(session, principal, task)
        self.purge_given_up()

    def empty(self, principal: Principal) -> None:
        """Purge everything in the tenant's bin that the caller may delete: administrators all of it."""
        with self._database.write() as session:
            query = select(BuildTask).where(
                BuildTask.tenant_id == principal.tenant_id,
                BuildTask.deleted_at.is_not(None),
                BuildTask.deleted_by != GONE,
                access.visible_tasks(session, principal),
            )
            tasks = session.scalars(query.order_by(BuildTask.id).with_for_update()).all()
            allowed = access.on_tasks(session, principal, tasks)
            for task in tasks:
                if Action.DELETE in allowed[task.id]:
                    _give_up(session, principal, task)
        self.purge_given_up()

    def set_keep_days(self, principal: Principal, days: int) -> None:
        """Change how long the tenant's bin keeps tasks.

        Raises :class:`Invalid`, and :class:`Forbidden` for everybody but administrators.
        """
        principal.require(Right.ADMINISTER)
        if not 1 <= days <= MAX_DAYS:
            raise Invalid("keep_time", f"{days} is not between 1 and {MAX_DAYS}")
        with self._database.write() as session:
            session.merge(KeepTime(tenant_id=principal.tenant_id, days=days))
            trail.record(
                session,
                principal,
                AuditName.UPDATE_KEEP_TIME,
                AuditKind.TENANT,
                principal.tenant_id,
                principal.tenant_name,
                detail=f"{days} days",
            )

    def sweep(self) -> int:
        """Give up what was kept long enough, and purge it; returns how many tasks went."""
        now, day = literal(epoch_ms(), BigInteger), literal(DAY_MS, BigInteger)
        days = func.coalesce(KeepTime.days, DEFAULT_DAYS)
        with self._database.read() as session:
            expired = (
                select(BuildTask.id)
                .outerjoin(KeepTime, KeepTime.tenant_id == BuildTask.tenant_id)
                .where(
                    BuildTask.deleted_at.is_not(None),
                    BuildTask.deleted_by != GONE,
                    BuildTask.deleted_at < now - day * days,
                )
                .limit(EXPIRED_AT_ONCE)
            )
            ids = session.scalars(expired).all()
        if ids:
            with self._database.write() as session:
                session.execute(
                    update(BuildTask)
                    .where(BuildTask.id.in_(ids), BuildTask.deleted_at.is_not(None))
                    .values(deleted_by=GONE)
                )
        return self.purge_given_up()

    def purge_given_up(self) -> int:
        """Purge what was given up; what still has a running build is left for the next sweep."""
        with self._database.read() as session:
            query = select(BuildTask.tenant_id, BuildTask.id).where(
                BuildTask.deleted_at.is_not(None), BuildTask.deleted_by == GONE
            )
            waiting = session.execute(query).all()
        gone = sum(self._purge.task(tenant_id, task_id) for tenant_id, task_id in waiting)
        if gone:
            log.info("build tasks purged", count=gone)
        return gone


def _keep_days(session: Session, tenant_id: str) -> int:
    own = session.get(KeepTime, tenant_id)
    return DEFAULT_DAYS if own is None else own.days


def _binned(session: Session, principal: Principal, task_ids: Sequence[str]) -> list[BuildTask]:
    if not 1 <= len(task_ids) <= MAX_TASKS:
        raise Invalid("job_ids", f"expected 1 to {MAX_TASKS} tasks")
    tasks: list[BuildTask] = []
    # In one order everywhere, so that two requests for the same tasks never wait for each other.
    for task_id in sorted(set(task_ids)):
        check_job_id(task_id)
        query = select(BuildTask).where(
            BuildTask.id == task_id,
            BuildTask.tenant_id == principal.tenant_id,
            BuildTask.deleted_at.is_not(None),
            BuildTask.deleted_by != GONE,
        )
        task = session.scalars(query.with_for_update()).one_or_none()
        if task is None:
            raise NotFound("build task", task_id)
        access.require_on_task(session, principal, task, Action.DELETE)
        tasks.append(task)
    return tasks


def _check_place(session: Session, task: BuildTask) -> None:
    project = session.get(Project, task.project_id)
    if project is None or project.deleted_at is not None:
        raise Conflict(f"job_ids: the project of the build task {task.name} was deleted")
    taken = select(BuildTask.id).where(
        BuildTask.project_id == task.project_id, BuildTask.name == task.name, BuildTask.deleted_at.is_(None)
    )
    if session.scalar(taken.limit(1)) is not None:
        raise Conflict(f"job_ids: the project has another build task named {task.name} by now")


def _give_up(session: Session, principal: Principal, task: BuildTask) -> None:
    task.deleted_by = GONE
    note(session, principal, task, AuditName.PURGE_JOB)
