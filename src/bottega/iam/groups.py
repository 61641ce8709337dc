"""Groups: sets of rights and who has them."""

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bottega.errors import Conflict, Invalid, NotFound
from bottega.iam.names import checked_name
from bottega.iam.principal import Right
from bottega.iam.tables import Group, GroupMember
from bottega.iam.users import require_user
from bottega.ids import new_hex
from bottega.store.database import Database

ADMINISTRATORS = "administrators"
DEFAULT_GROUPS: dict[str, tuple[Right, ...]] = {
    ADMINISTRATORS: tuple(Right),
    "developers": (Right.VIEW, Right.CREATE, Right.MODIFY, Right.DELETE, Right.EXECUTE),
    "viewers": (Right.VIEW,),
}


def create_group(session: Session, tenant_id: str, name: str, rights: Iterable[str]) -> Group:
    """Add a group inside the caller's write transaction. Raises :class:`Invalid`, :class:`Conflict`."""
    name = checked_name("group name", name)
    rights = _checked_rights(rights)
    if session.scalar(select(Group.id).where(Group.tenant_id == tenant_id, Group.name == name)) is not None:
        raise Conflict(f"group name: a group named {name} already exists")
    group = Group(id=new_hex(), tenant_id=tenant_id, name=name, rights=rights)
    session.add(group)
    session.flush()
    return group


class Groups:
    """Adding groups and their members."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, tenant_id: str, name: str, rights: Iterable[str]) -> Group:
        """A new group. Raises :class:`Invalid`, :class:`Conflict`."""
        with self._database.write() as session:
            return create_group(session, tenant_id, name, rights)

    def of_user(self, user_id: str) -> list[Group]:
        """The groups a user is in, by name."""
        with self._database.read() as session:
            mine = select(GroupMember.group_id).where(GroupMember.user_id == user_id)
            return list(session.scalars(select(Group).where(Group.id.in_(mine)).order_by(Group.name)))

    def list(self, tenant_id: str) -> list[Group]:
        """The tenant's groups by name."""
        with self._database.read() as session:
            return list(
                session.scalars(select(Group).where(Group.tenant_id == tenant_id).order_by(Group.name))
            )

    def grant(self, tenant_id: str, group_name: str, user_name: str) -> None:
        """Put a user into a group; being in it already is fine. Raises :class:`NotFound`."""
        with self._database.write() as session:
            group, user = (
                _require_group(session, tenant_id, group_name),
                require_user(session, tenant_id, user_name),
            )
            session.merge(GroupMember(user_id=user.id, group_id=group.id))

    def withdraw(self, tenant_id: str, group_name: str, user_name: str) -> None:
        """Take a user out of a group; holds for the next request. Raises :class:`NotFound`."""
        with self._database.write() as session:
            group, user = (
                _require_group(session, tenant_id, group_name),
                require_user(session, tenant_id, user_name),
            )
            session.execute(
                delete(GroupMember).where(GroupMember.user_id == user.id, GroupMember.group_id == group.id)
            )


def _require_group(session: Session, tenant_id: str, name: str) -> Group:
    group = session.scalar(select(Group).where(Group.tenant_id == tenant_id, Group.name == name))
    if group is None:
        raise NotFound("group", name)
    return group


def _checked_rights(rights: Iterable[str]) -> list[str]:
    wanted = set(rights)
    if unknown := wanted - set(Right):
        raise Invalid("rights", f"{', '.join(sorted(unknown))} is none of {', '.join(Right)}")
    return [right.value for right in Right if right in wanted]
