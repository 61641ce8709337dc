"""Naming the members of a project, and showing them."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bottega.audit import trail
from bottega.audit.events import AuditKind, AuditName
from bottega.clock import epoch_ms
from bottega.errors import Forbidden, Invalid, NotFound
from bottega.iam.principal import Principal
from bottega.iam.tables import User
from bottega.projects.parts import Role, role_of
from bottega.projects.roles import PROJECT_ADMINISTRATOR, checked_role
from bottega.projects.service import MAX_OFFSET, require_project
from bottega.projects.tables import Project, ProjectMember
from bottega.store.database import Database
from bottega.texts import without_nul

MAX_LIMIT = 100
MAX_BATCH = 100


class Member(msgspec.Struct, frozen=True):
    """A user and their role in a project."""

    user: User
    role_id: int


class MemberService:
    """Members of projects. Only project administrators and project managers change them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, principal: Principal, project_id: str, *, offset: int, limit: int
    ) -> tuple[list[Member], int]:
        """One page of the named members, the creator first, and how many there are.

        Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`.
        """
        if not 0 <= offset <= MAX_OFFSET:
            raise Invalid("offset", f"expected 0 to {MAX_OFFSET}")
        if not 1 <= limit <= MAX_LIMIT:
            raise Invalid("limit", f"expected 1 to {MAX_LIMIT}")
        with self._database.read() as session:
            project = require_project(session, principal.tenant_id, project_id)
            _require_part(session, principal, project)
            named = select(User, ProjectMember.role_id).join(ProjectMember, ProjectMember.user_id == User.id)
            mine = (ProjectMember.project_id == project_id, User.id != project.creator_id)
            total = 1 + (
                session.scalar(
                    select(func.count())
                    .select_from(ProjectMember)
                    .where(
                        ProjectMember.project_id == project_id, ProjectMember.user_id != project.creator_id
                    )
                )
                or 0
            )
            page: list[Member] = []
            if offset == 0:
                creator = session.get_one(User, project.creator_id)
                page.append(Member(creator, PROJECT_ADMINISTRATOR))
            rows = session.execute(
                named.where(*mine)
                .order_by(User.name, User.id)
                .offset(max(0, offset - 1))
                .limit(limit - len(page))
            )
            return [*page, *(Member(user, role_id) for user, role_id in rows)], total

    def add(self, principal: Principal, project_id: str, wanted: Iterable[tuple[str, int]]) -> None:
        """Make users of the tenant members, or change their role. ``wanted``: user ids and role ids.

        Raises :class:`Invalid`, :class:`NotFound` for the project and users, :class:`Forbidden`; then nothing changes.
        """
        roles = {user_id: checked_role("role_id", role_id) for user_id, role_id in wanted}
        if not 1 <= len(roles) <= MAX_BATCH:
            raise Invalid("users", f"expected 1 to {MAX_BATCH} users")
        with self._database.write() as session:
            project = _require_manager(session, principal, project_id)
            users = _users(session, principal, roles)
            for user in users:
                if user.id == project.creator_id:
                    continue
                session.merge(
                    ProjectMember(
                        project_id=project_id,
                        user_id=user.id,
                        role_id=roles[user.id],
                        created_at=epoch_ms(),
                    )
                )
                trail.record(
                    session,
                    principal,
                    AuditName.ADD_MEMBER,
                    AuditKind.MEMBER,
                    user.id,
                    user.name,
                    project_id=project_id,
                    detail=f"role {roles[user.id]}",
                )

    def remove(self, principal: Principal, project_id: str, user_ids: Iterable[str]) -> None:
        """Take named members out; their groups' rights hold again. Raises like :meth:`add`."""
        wanted = set(user_ids)
        if not 1 <= len(wanted) <= MAX_BATCH:
            raise Invalid("user_ids", f"expected 1 to {MAX_BATCH} users")
        with self._database.write() as session:
            project = _require_manager(session, principal, project_id)
            users = _users(session, principal, wanted)
            if project.creator_id in wanted:
                raise Invalid("user_ids", "the creator of a project cannot be taken out of it")
            session.execute(
                delete(ProjectMember).where(
                    ProjectMember.project_id == project_id, ProjectMember.user_id.in_(wanted)
                )
            )
            for user in users:
                trail.record(
                    session,
                    principal,
                    AuditName.DELETE_MEMBER,
                    AuditKind.MEMBER,
                    user.id,
                    user.name,
                    project_id=project_id,
                )

    def own_role(self, principal: Principal, project_id: str) -> int:
        """The caller's role id. Raises :class:`NotFound`, :class:`Forbidden`."""
        with self._database.read() as session:
            project = require_project(session, principal.tenant_id, project_id)
            return _require_part(session, principal, project).role_id


def _require_part(session: Session, principal: Principal, project: Project) -> Role:
    role = role_of(session, principal, project.id)
    if role is None:
        raise Forbidden(f"user {principal.user_name} takes no part in this project")
    return role


def _require_manager(session: Session, principal: Principal, project_id: str) -> Project:
    project = require_project(session, principal.tenant_id, project_id)
    role = _require_part(session, principal, project)
    if not role.manages:
        raise Forbidden(f"user {principal.user_name} may not change the members of this project")
    return project


def _users(session: Session, principal: Principal, user_ids: Iterable[str]) -> list[User]:
    wanted = set(user_ids)
    for user_id in wanted:
        without_nul("user_id", user_id)
    query = select(User).where(User.tenant_id == principal.tenant_id, User.id.in_(wanted)).order_by(User.id)
    users = list(session.scalars(query))
    for missing in sorted(wanted - {user.id for user in users}):
        raise NotFound("user", missing)
    return users
