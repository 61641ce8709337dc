"""Names of build tasks: free, taken, or suggested."""

import re

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bottega.build import access, reading
from bottega.build.access import Action
from bottega.build.definition import MAX_NAME, check_name
from bottega.build.identifiers import check_job_id, check_project_id
from bottega.build.tables import BuildTask
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.projects.service import require_project
from bottega.store.database import Database

TASKS_PER_TENANT = 10_000

_COPY = re.compile(r"-copy-[0-9]+$")


class TaskNames:
    """What clients ask before they create a task."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_taken(self, principal: Principal, project_id: str, name: str) -> bool:
        """Whether a task of the project has the name.

        Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`.
        """
        check_project_id(project_id)
        check_name(name)
        with self._database.read() as session:
            require_project(session, principal.tenant_id, project_id)
            access.require_on_project(session, principal, project_id, Action.VIEW)
            return _holder(session, project_id, name) is not None

    def has_room(self, principal: Principal) -> bool:
        """Whether the tenant may have one more task."""
        with self._database.read() as session:
            return _count(session, principal.tenant_id) < TASKS_PER_TENANT

    def for_copy(self, principal: Principal, task_id: str) -> str:
        """The first free ``<name>-copy-<n>``. Raises :class:`NotFound`, :class:`Forbidden`."""
        check_job_id(task_id)
        with self._database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.VIEW)
            stem = _COPY.sub("", task.name)
            query = select(BuildTask.name).where(
                BuildTask.project_id == task.project_id,
                BuildTask.deleted_at.is_(None),
                BuildTask.name.startswith(stem[: MAX_NAME - len("-copy-00000")], autoescape=True),
            )
            taken = set(session.scalars(query))
        suggestions = (_copy_name(stem, number) for number in range(1, len(taken) + 2))
        return next(name for name in suggestions if name not in taken)


def require_free(session: Session, project_id: str, name: str, own_id: str = "") -> None:
    """Raise :class:`Invalid` when another task of the project has the name."""
    if _holder(session, project_id, name) not in {None, own_id}:
        raise name_taken(name)


def require_room(session: Session, tenant_id: str) -> None:
    """Raise :class:`Invalid` when the tenant has as many tasks as it may."""
    if _count(session, tenant_id) >= TASKS_PER_TENANT:
        raise Invalid("job_name", f"the tenant already has {TASKS_PER_TENANT} build tasks, the most allowed")


def name_taken(name: str) -> Invalid:
    """The refusal of a name."""
    return Invalid("job_name", f"the project already has a build task named {name}")


def _copy_name(stem: str, number: int) -> str:
    ending = f"-copy-{number}"
    return stem[: MAX_NAME - len(ending)] + ending


def _holder(session: Session, project_id: str, name: str) -> str | None:
    query = select(BuildTask.id).where(
        BuildTask.project_id == project_id, BuildTask.name == name, BuildTask.deleted_at.is_(None)
    )
    return session.scalar(query.limit(1))


def _count(session: Session, tenant_id: str) -> int:
    query = (
        select(func.count())
        .select_from(BuildTask)
        .where(BuildTask.tenant_id == tenant_id, BuildTask.deleted_at.is_(None))
    )
    return session.scalar(query) or 0
