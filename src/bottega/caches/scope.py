"""Which caches a run may be given, and leaves behind: decided here by the run's row, never by what a runner says."""

import msgspec
from sqlalchemy.orm import Session

from bottega.build.parameters import CACHE_SCOPE_PARAMETER
from bottega.errors import Conflict
from bottega.runs import queries
from bottega.runs.tables import Run

PROJECT = "project"


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """``task_id`` is the run's build task, ``owner_id`` the same, or when ``shared`` the project."""

    task_id: str
    owner_id: str
    shared: bool


def scope_of(session: Session, run: Run) -> Scope:
    """The project with the parameter ``BOTTEGA_CACHE_SCOPE`` = ``project``, else the build task alone.

    Raises :class:`Conflict` for a run that is of no build task.
    """
    task_id = queries.task_of(session, run)
    if not task_id:
        raise Conflict("there is no build task whose caches these could be")
    shared = str(run.spec["env"].get(CACHE_SCOPE_PARAMETER, "")).strip().lower() == PROJECT
    return Scope(task_id=task_id, owner_id=run.project_id if shared else task_id, shared=shared)
