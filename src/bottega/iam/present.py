"""Users as they are now, for what is done on their behalf while they are away."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.iam.principal import Principal, Right
from bottega.iam.tables import Group, GroupMember, Tenant, User


def present_principal(session: Session, tenant_id: str, user_id: str) -> Principal | None:
    """The user with the rights of their groups of this moment; None for one that is gone or disabled."""
    found = session.execute(
        select(User.name, Tenant.name)
        .join(Tenant, Tenant.id == User.tenant_id)
        .where(User.id == user_id, User.tenant_id == tenant_id, User.enabled.is_(True))
    ).one_or_none()
    if found is None:
        return None
    user_name, tenant_name = found
    granted = session.scalars(
        select(Group.rights)
        .join(GroupMember, GroupMember.group_id == Group.id)
        .where(GroupMember.user_id == user_id, Group.tenant_id == tenant_id)
    )
    names = {name for rights in granted for name in rights}
    return Principal(
        tenant_id=tenant_id,
        tenant_name=tenant_name,
        user_id=user_id,
        user_name=user_name,
        iam_project_id="",
        rights=frozenset(right for right in Right if right in names),
    )
