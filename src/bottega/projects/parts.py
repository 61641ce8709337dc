"""Who takes part in a project, and in which role.

Whoever was named a member has that role, whatever their groups allow in the tenant. Everybody else of the tenant takes
part by the rights of their groups: with the role of a developer when these allow to change anything, otherwise with
that of a viewer, and never beyond those rights. The project's creator and the tenant's administrators may do all.
"""

import msgspec
from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from bottega.errors import Forbidden
from bottega.iam.principal import Principal, Right
from bottega.projects.roles import DEVELOPER, PROJECT_ADMINISTRATOR, PROJECT_MANAGER, VIEWER
from bottega.projects.tables import Project, ProjectMember

_CHANGING = frozenset({Right.CREATE, Right.MODIFY, Right.DELETE, Right.EXECUTE})


class Role(msgspec.Struct, frozen=True):
    """A caller's part in a project. ``named`` is False for a role that follows from the rights in the tenant."""

    role_id: int
    named: bool

    @property
    def manages(self) -> bool:
        """Whether the role is one that was given to run the project itself."""
        return self.named and self.role_id in {PROJECT_ADMINISTRATOR, PROJECT_MANAGER}


def role_of(session: Session, principal: Principal, project_id: str) -> Role | None:
    """The caller's role in a project of their tenant; None for somebody without any part in it."""
    if Right.ADMINISTER in principal.rights:
        return Role(PROJECT_ADMINISTRATOR, named=True)
    query = (
        select(Project.creator_id, ProjectMember.role_id)
        .outerjoin(
            ProjectMember,
            (ProjectMember.project_id == Project.id) & (ProjectMember.user_id == principal.user_id),
        )
        .where(Project.id == project_id, Project.tenant_id == principal.tenant_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    if row.creator_id == principal.user_id:
        return Role(PROJECT_ADMINISTRATOR, named=True)
    if row.role_id is not None:
        return Role(row.role_id, named=True)
    return role_by_rights(principal)


def role_by_rights(principal: Principal) -> Role | None:
    """The role of somebody who was never named a member."""
    if principal.rights & _CHANGING:
        return Role(DEVELOPER, named=False)
    return Role(VIEWER, named=False) if Right.VIEW in principal.rights else None


def named_roles(session: Session, principal: Principal) -> dict[str, int]:
    """The caller's named role in every project that has one for them: those they created, and memberships."""
    memberships = select(ProjectMember.project_id, ProjectMember.role_id).where(
        ProjectMember.user_id == principal.user_id
    )
    roles = {row.project_id: row.role_id for row in session.execute(memberships)}
    created = select(Project.id).where(
        Project.tenant_id == principal.tenant_id, Project.creator_id == principal.user_id
    )
    return roles | dict.fromkeys(session.scalars(created), PROJECT_ADMINISTRATOR)


def visible_projects(principal: Principal) -> ColumnElement[bool]:
    """The condition for projects of the caller's tenant that the caller may see."""
    if _sees_all(principal):
        return true()
    memberships = select(ProjectMember.project_id).where(ProjectMember.user_id == principal.user_id)
    return or_(Project.creator_id == principal.user_id, Project.id.in_(memberships))


def require_sight(session: Session, principal: Principal, project_id: str) -> None:
    """Raise :class:`Forbidden` unless the caller may see the project: by a right, or as somebody named in it."""
    role = None if _sees_all(principal) else role_of(session, principal, project_id)
    if role is None or not role.named:
        principal.require(Right.VIEW)


def require_any_sight(session: Session, principal: Principal) -> None:
    """Raise :class:`Forbidden` for somebody who sees no project: without the right, and named in none."""
    if not _sees_all(principal) and not named_roles(session, principal):
        principal.require(Right.VIEW)


def require_administration(session: Session, principal: Principal, project_id: str, right: Right) -> None:
    """Raise :class:`Forbidden` unless the caller may change the project itself.

    Who was named in it needs the role of a project administrator or manager, everybody else ``right``.
    """
    role = role_of(session, principal, project_id)
    if role is None or not role.named:
        principal.require(right)
    elif not role.manages:
        raise Forbidden(f"user {principal.user_name} does not administer this project")


def _sees_all(principal: Principal) -> bool:
    return Right.VIEW in principal.rights or Right.ADMINISTER in principal.rights
