"""Who a user is at this moment, for what is done in their name while they are away."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.errors import Forbidden
from bottega.iam.principal import Principal, Right
from bottega.iam.tables import Group, GroupMember, Tenant, User


def principal_of(session: Session, tenant_id: str, user_id: str) -> Principal:
    """The user with the rights they have now. Raises :class:`Forbidden` for one that was disabled or is not there."""
    user = session.get(User, user_id)
    if user is None or user.tenant_id != tenant_id:
        raise Forbidden("the user does not exist any more")
    if not user.enabled:
        raise Forbidden(f"the user {user.name} is disabled")
    granted = session.scalars(
        select(Group.rights)
        .join(GroupMember, GroupMember.group_id == Group.id)
        .where(GroupMember.user_id == user_id)
    )
    names = {name for rights in granted for name in rights}
    return Principal(
        tenant_id=tenant_id,
        tenant_name=session.get_one(Tenant, tenant_id).name,
        user_id=user_id,
        user_name=user.name,
        iam_project_id="",
        # A right this version does not know was written by a newer one and allows nothing here.
        rights=frozenset(right for right in Right if right.value in names),
    )


def present_principal(session: Session, tenant_id: str, user_id: str) -> Principal | None:
    """The same; None for a user who is gone or disabled, where that is no failure."""
    try:
        return principal_of(session, tenant_id, user_id)
    except Forbidden:
        return None
