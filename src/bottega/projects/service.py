"""Creating, finding, renaming and deleting CodeArts projects.

Who sees and who administers a project is decided in :mod:`bottega.projects.parts`.
"""

import re
from collections.abc import Callable
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.errors import Conflict, Invalid, NotFound
from bottega.iam.principal import Principal, Right
from bottega.iam.tables import Tenant, User
from bottega.ids import new_hex
from bottega.projects.names import MAX_DESCRIPTION, MAX_SOURCE, checked_name, checked_text, checked_type
from bottega.projects.parts import (
    require_administration,
    require_any_sight,
    require_sight,
    visible_projects,
)
from bottega.projects.tables import Project
from bottega.store.database import Database

QueryType = Literal["", "domain_projects", "absent"]
MAX_LIMIT = 1000
MAX_OFFSET = 2**31 - 1
SORTABLE: dict[str, ColumnElement[Any] | None] = {
    "name": Project.name.expression,
    "created_on": Project.created_at.expression,
    "author_name": User.name.expression,
    # Every project has all users of the tenant as members, so this order says nothing.
    "memcount": None,
}

_ID = re.compile("[0-9a-z]{32}")

OnDelete = Callable[[Session, Principal, str], None]
"""Called with the deleting transaction's session, who deletes, and the project's id."""


def require_project(session: Session, tenant_id: str, project_id: str, *, lock: bool = False) -> Project:
    """The tenant's project of that id. Raises :class:`NotFound`, also for another tenant's project.

    ``lock``: it cannot be deleted until the transaction ends, for transactions that put something into it.
    """
    if not _ID.fullmatch(project_id):
        # PostgreSQL would not even compare some texts.
        raise NotFound("project", project_id)
    project = session.get(Project, project_id, with_for_update={"read": True} if lock else None)
    if project is None or project.tenant_id != tenant_id or project.deleted_at is not None:
        raise NotFound("project", project_id)
    return project


def name_taken(session: Session, tenant_id: str, name: str) -> bool:
    """Whether a project of the tenant has that name now."""
    found = select(Project.id).where(
        Project.tenant_id == tenant_id, Project.name == name, Project.deleted_at.is_(None)
    )
    return session.scalar(found.limit(1)) is not None


def create_project(
    session: Session,
    tenant_id: str,
    creator_id: str,
    name: str,
    *,
    description: str = "",
    project_type: str = "scrum",
    source: str = "",
    enterprise_id: str = "",
) -> Project:
    """Add a project inside the caller's write transaction. Raises :class:`Invalid`, :class:`Conflict`."""
    name = checked_name("project_name", name)
    description = checked_text("description", description, MAX_DESCRIPTION)
    source = checked_text("source", source, MAX_SOURCE)
    enterprise_id = checked_text("enterprise_id", enterprise_id, MAX_SOURCE)
    project_type = checked_type("project_type", project_type)
    _lock_tenant(session, tenant_id)
    if name_taken(session, tenant_id, name):
        raise Conflict(f"project_name: a project named {name} already exists")
    last = session.scalar(select(func.max(Project.number)).where(Project.tenant_id == tenant_id))
    now = epoch_ms()
    project = Project(
        id=new_hex(),
        tenant_id=tenant_id,
        number=(last or 0) + 1,
        name=name,
        description=description,
        project_type=project_type,
        source=source,
        enterprise_id=enterprise_id,
        creator_id=creator_id,
        created_at=now,
        updated_at=now,
    )
    session.add(project)
    session.flush()
    return project


class ProjectService:
    """What the ProjectMan API asks for. ``on_delete`` hooks run inside the deleting transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.on_delete: list[OnDelete] = []

    def create(
        self,
        caller: Principal,
        name: str,
        *,
        description: str = "",
        project_type: str = "scrum",
        source: str = "",
        enterprise_id: str = "",
    ) -> tuple[Project, User]:
        """A new project and its creator. Raises :class:`Invalid`, :class:`Conflict`, :class:`Forbidden`."""
        caller.require(Right.CREATE)
        with self._database.write() as session:
            project = create_project(
                session,
                caller.tenant_id,
                caller.user_id,
                name,
                description=description,
                project_type=project_type,
                source=source,
                enterprise_id=enterprise_id,
            )
            return project, session.get_one(User, caller.user_id)

    def get(self, caller: Principal, project_id: str) -> tuple[Project, User]:
        """A project and its creator. Raises :class:`NotFound`, :class:`Forbidden`."""
        with self._database.read() as session:
            project = require_project(session, caller.tenant_id, project_id)
            require_sight(session, caller, project_id)
            return project, session.get_one(User, project.creator_id)

    def list(
        self,
        caller: Principal,
        *,
        offset: int = 0,
        limit: int = 100,
        search: str = "",
        project_type: str = "",
        sort: str = "",
        archived: bool = False,
        query_type: QueryType = "",
    ) -> tuple[list[tuple[Project, User]], int]:
        """One page of the projects the caller sees, with their creators, and how many there are on all pages.

        ``search`` is looked for in name and description, ``sort`` is such as ``name:asc,created_on:desc``
        (newest first without it). Nothing is archived and nobody is absent, so those selections are empty.
        Raises :class:`Invalid`, and :class:`Forbidden` for somebody without any part in the tenant's projects.
        """
        if not 0 <= offset <= MAX_OFFSET:
            raise Invalid("offset", f"expected 0 to {MAX_OFFSET}")
        if not 1 <= limit <= MAX_LIMIT:
            raise Invalid("limit", f"expected 1 to {MAX_LIMIT}")
        order = _order(sort)
        search = checked_text("search", search, MAX_DESCRIPTION)
        project_type = checked_text("project_type", project_type, MAX_DESCRIPTION)
        wanted = [
            Project.tenant_id == caller.tenant_id,
            Project.deleted_at.is_(None),
            visible_projects(caller),
        ]
        if search:
            wanted.append(
                or_(
                    Project.name.icontains(search, autoescape=True),
                    Project.description.icontains(search, autoescape=True),
                )
            )
        if project_type:
            wanted.append(Project.project_type == project_type)
        page = (
            select(Project, User)
            .join(User, User.id == Project.creator_id)
            .where(*wanted)
            .order_by(*order)
            .offset(offset)
            .limit(limit)
        )
        with self._database.read() as session:
            require_any_sight(session, caller)
            if archived or query_type == "absent":
                return [], 0
            total = session.scalar(select(func.count()).select_from(Project).where(*wanted))
            return [(project, creator) for project, creator in session.execute(page)], total or 0

    def update(
        self, caller: Principal, project_id: str, *, name: str | None = None, description: str | None = None
    ) -> None:
        """Change what is given.

        Raises :class:`Invalid`, :class:`Conflict`, :class:`NotFound`, :class:`Forbidden`.
        """
        if name is not None:
            name = checked_name("project_name", name)
        if description is not None:
            description = checked_text("description", description, MAX_DESCRIPTION)
        with self._database.write() as session:
            _lock_tenant(session, caller.tenant_id)
            project = require_project(session, caller.tenant_id, project_id)
            require_administration(session, caller, project_id, Right.MODIFY)
            if name is not None and name != project.name:
                if name_taken(session, caller.tenant_id, name):
                    raise Conflict(f"project_name: a project named {name} already exists")
                project.name = name
            if description is not None:
                project.description = description
            project.updated_at = epoch_ms()

    def delete(self, caller: Principal, project_id: str) -> None:
        """Delete a project; what is below it can no longer be reached.

        Raises :class:`NotFound`, :class:`Forbidden`.
        """
        with self._database.write() as session:
            _lock_tenant(session, caller.tenant_id)
            project = require_project(session, caller.tenant_id, project_id)
            require_administration(session, caller, project_id, Right.DELETE)
            project.deleted_at = epoch_ms()
            # What others put into the project meanwhile has to be seen by the hooks: this waits for them.
            session.flush()
            for hook in self.on_delete:
                hook(session, caller, project_id)

    def name_exists(self, caller: Principal, name: str) -> bool:
        """Whether the name is taken in the caller's tenant. Raises :class:`Invalid`, :class:`Forbidden`."""
        caller.require(Right.VIEW)
        name = checked_name("project_name", name)
        with self._database.read() as session:
            return name_taken(session, caller.tenant_id, name)


def _lock_tenant(session: Session, tenant_id: str) -> None:
    # Numbers and names are unique per tenant: on PostgreSQL writers queue at its row, SQLite has one writer.
    session.execute(select(Tenant.id).where(Tenant.id == tenant_id).with_for_update())


def _order(sort: str) -> list[ColumnElement[Any]]:
    order: list[ColumnElement[Any]] = []
    for part in filter(None, sort.replace("%3A", ":").split(",")):
        field, _, direction = part.partition(":")
        if field not in SORTABLE or direction.lower() not in {"asc", "desc"}:
            raise Invalid("sort", f"expected {', '.join(SORTABLE)} with :asc or :desc, separated by commas")
        column = SORTABLE[field]
        if column is not None:
            order.append(column.asc() if direction.lower() == "asc" else column.desc())
    return [*order, *(() if sort else (Project.created_at.desc(),)), Project.number.desc()]
