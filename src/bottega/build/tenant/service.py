"""Figures of a tenant, its projects, and what its builds can run on."""

import msgspec
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from bottega.build import access
from bottega.build.access import Action
from bottega.build.identifiers import check_project_id
from bottega.build.statistics.figures import percent
from bottega.build.tables import BuildTask
from bottega.clock import epoch_ms
from bottega.errors import Invalid
from bottega.iam.principal import Principal, Right
from bottega.projects.parts import named_roles, role_by_rights
from bottega.projects.service import require_project
from bottega.projects.tables import Project
from bottega.runs.agents import online
from bottega.runs.flavors import SIZES
from bottega.runs.states import CONCLUSIVE, RunState
from bottega.runs.tables import Run
from bottega.store.database import Database

RATIO_DAYS = 30
DAY_MS = 24 * 3600 * 1000
ARCHES = ("x86-64", "arm")
DEFAULT_SPEC = "DEFAULT"


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """``builds`` counts every build ever accepted of tasks that still exist or wait in the recycle bin.

    ``success_ratio`` is the percentage, rounded, of successes among the builds that ended by themselves and began in
    the last 30 days; 0 without any. Builds that people stopped say nothing about what was built.
    """

    tasks: int
    builds: int
    success_ratio: int


class ProjectPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the caller's projects, newest first, and how many there are."""

    projects: list[Project]
    total: int


class TenantService:
    """Every answer is about the caller's own tenant."""

    def __init__(self, database: Database, agent_timeout_ms: int) -> None:
        self._database = database
        self._agent_timeout_ms = agent_timeout_ms

    def summary(self, principal: Principal) -> Summary:
        """The figures above, over the tasks the caller may view."""
        with self._database.read() as session:
            shown = access.visible_tasks(session, principal)
            mine = (BuildTask.tenant_id == principal.tenant_id, shown)
            counted = select(
                func.count().filter(BuildTask.deleted_at.is_(None)),
                func.coalesce(func.sum(BuildTask.last_number), 0),
            ).where(*mine)
            tasks, builds = session.execute(counted).one()
            succeeded = func.sum(case((Run.state == RunState.SUCCESS, 1), else_=0))
            recent = (
                select(succeeded, func.count())
                .select_from(Run)
                .join(BuildTask, BuildTask.id == Run.task_id)
                .where(
                    *mine,
                    BuildTask.deleted_at.is_(None),
                    Run.created_at >= epoch_ms() - RATIO_DAYS * DAY_MS,
                    Run.state.in_(CONCLUSIVE),
                )
            )
            good, ended = session.execute(recent).one()
        return Summary(tasks=tasks, builds=builds, success_ratio=percent(good or 0, ended))

    def projects(self, principal: Principal, *, search: str, offset: int, limit: int | None) -> ProjectPage:
        """The projects the caller takes part in; ``search`` is looked for in their names."""
        with self._database.read() as session:
            wanted = [Project.tenant_id == principal.tenant_id, Project.deleted_at.is_(None)]
            if Right.ADMINISTER not in principal.rights and role_by_rights(principal) is None:
                wanted.append(Project.id.in_(list(named_roles(session, principal))))
            if search:
                wanted.append(Project.name.icontains(search, autoescape=True))
            total = session.scalar(select(func.count()).select_from(Project).where(*wanted)) or 0
            query = select(Project).where(*wanted).order_by(Project.created_at.desc(), Project.number.desc())
            page = list(session.scalars(query.offset(offset).limit(limit)))
        return ProjectPage(projects=page, total=total)

    def specs(self, principal: Principal, project_id: str, arch: str) -> list[str]:
        """The sizes builds of the project can have on agents that are online now, smallest first, after ``DEFAULT``.

        Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`.
        """
        check_project_id(project_id)
        if arch not in ARCHES:
            raise Invalid("arch", f"{arch[:80]!r} is none of {', '.join(ARCHES)}")
        with self._database.read() as session:
            require_project(session, principal.tenant_id, project_id)
            access.require_on_project(session, principal, project_id, Action.VIEW)
            there = self._is_served(session, arch)
        # A flavor bounds a build, it reserves nothing: an agent runs all of them.
        return [DEFAULT_SPEC, *(size.upper() for size in SIZES)] if there else []

    def require_project(self, principal: Principal, project_id: str) -> None:
        """Raise :class:`Invalid`, :class:`NotFound` or :class:`Forbidden` unless the caller may look at the project."""
        check_project_id(project_id)
        with self._database.read() as session:
            require_project(session, principal.tenant_id, project_id)
            access.require_on_project(session, principal, project_id, Action.VIEW)

    def _is_served(self, session: Session, arch: str) -> bool:
        return any(agent.arch == arch for agent in online(session, epoch_ms() - self._agent_timeout_ms))
