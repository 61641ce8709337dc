"""What people see of the caches of a build task, and clearing them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.audit.events import AuditName
from bottega.build import access, reading
from bottega.build.access import Action
from bottega.build.identifiers import check_job_id
from bottega.build.noting import note
from bottega.caches.forgetting import forget
from bottega.caches.tables import DependencyCache
from bottega.iam.principal import Principal
from bottega.store.database import Database


class CacheService:
    """Another tenant's task does not exist."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_task(self, principal: Principal, task_id: str) -> list[DependencyCache]:
        """What builds of a task have left, used last first.

        Raises :class:`InvalidId`, :class:`NotFound`, :class:`Forbidden`.
        """
        check_job_id(task_id)
        with self._database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.VIEW)
            query = (
                select(DependencyCache)
                .where(DependencyCache.task_id == task_id, DependencyCache.tenant_id == principal.tenant_id)
                .order_by(DependencyCache.used_at.desc(), DependencyCache.id)
            )
            return list(session.scalars(query))

    def clear(self, principal: Principal, task_id: str, tool: str) -> int:
        """Delete what builds of a task have left, of one tool or of all; returns how many caches went.

        Raises like :meth:`of_task`.
        """
        check_job_id(task_id)
        with self._database.write() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.MODIFY)
            query = select(DependencyCache).where(
                DependencyCache.task_id == task_id, DependencyCache.tenant_id == principal.tenant_id
            )
            if tool:
                query = query.where(DependencyCache.tool == tool)
            count = forget(session, session.scalars(query).all())
            note(
                session, principal, task, AuditName.DELETE_CACHES, f"{count} caches of {tool or 'all tools'}"
            )
            return count

    def forget_project(self, session: Session, _principal: Principal, project_id: str) -> None:
        """Registered with the projects: the caches of a deleted one go with it."""
        query = select(DependencyCache).where(DependencyCache.project_id == project_id)
        forget(session, session.scalars(query).all())
