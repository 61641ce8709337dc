"""Who is told: the creator of a task, whoever ran or changed it, and those who follow it."""

from collections.abc import Callable, Collection, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.iam.tables import User

Followers = Callable[[Session, str, Collection[str]], Mapping[str, Iterable[str]]]
"""By task id the ids of its followers; it is given the tenant's id and the ids of tasks."""


def known_users(session: Session, tenant_id: str, user_ids: Collection[str]) -> dict[str, str]:
    """Mail addresses (maybe empty) by user id, of those users of the tenant who may still log in."""
    query = select(User.id, User.email).where(
        User.tenant_id == tenant_id, User.id.in_(user_ids), User.enabled.is_(True)
    )
    return {row.id: row.email for row in session.execute(query)}
