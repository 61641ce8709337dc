"""Giving and taking stars, and who gave them."""

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from bottega.build import access, reading
from bottega.build.access import Action
from bottega.build.favourites.tables import Favourite
from bottega.build.identifiers import check_job_id
from bottega.build.tables import BuildTask
from bottega.clock import epoch_ms
from bottega.iam.principal import Principal
from bottega.store.database import Database


class FavouriteService:
    """Stars are the caller's own; a task needs the right to view it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def follow(self, principal: Principal, task_id: str) -> None:
        """Give a star; giving it twice is fine. Raises :class:`NotFound`, :class:`Forbidden`."""
        check_job_id(task_id)
        with self._database.write() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.VIEW)
            session.merge(
                Favourite(
                    user_id=principal.user_id,
                    task_id=task_id,
                    tenant_id=principal.tenant_id,
                    created_at=epoch_ms(),
                )
            )

    def unfollow(self, principal: Principal, task_id: str) -> None:
        """Take the star back; having none is fine. Raises like :meth:`follow`."""
        check_job_id(task_id)
        with self._database.write() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.VIEW)
            session.execute(
                delete(Favourite).where(Favourite.user_id == principal.user_id, Favourite.task_id == task_id)
            )


def is_starred(principal: Principal) -> ColumnElement[bool]:
    """The condition for tasks with the caller's star."""
    return BuildTask.id.in_(select(Favourite.task_id).where(Favourite.user_id == principal.user_id))


def starred(session: Session, principal: Principal, task_ids: Collection[str]) -> set[str]:
    """Those of the tasks that have the caller's star."""
    query = select(Favourite.task_id).where(
        Favourite.user_id == principal.user_id, Favourite.task_id.in_(task_ids)
    )
    return set(session.scalars(query))


def followers(session: Session, tenant_id: str, task_ids: Collection[str]) -> Mapping[str, list[str]]:
    """The ids of the users who gave a star, by task id."""
    query = select(Favourite.task_id, Favourite.user_id).where(
        Favourite.tenant_id == tenant_id, Favourite.task_id.in_(task_ids)
    )
    found: dict[str, list[str]] = {}
    for task_id, user_id in session.execute(query):
        found.setdefault(task_id, []).append(user_id)
    return found


def forget_task(session: Session, task_id: str) -> None:
    """Delete the stars of a task that is being purged."""
    session.execute(delete(Favourite).where(Favourite.task_id == task_id))
