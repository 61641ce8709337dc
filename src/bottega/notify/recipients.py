"""Who can be told anything at all."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.iam.tables import User


def known_users(session: Session, tenant_id: str, user_ids: Collection[str]) -> dict[str, str]:
    """Mail addresses (maybe empty) by user id, of those users of the tenant who may still log in."""
    query = select(User.id, User.email).where(
        User.tenant_id == tenant_id, User.id.in_(user_ids), User.enabled.is_(True)
    )
    return {row.id: row.email for row in session.execute(query)}
