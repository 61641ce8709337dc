"""Finding build tasks and build records. Another tenant's, and deleted ones, do not exist."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.build.kinds import KINDS
from bottega.build.tables import BuildTask
from bottega.errors import NotFound
from bottega.runs import queries
from bottega.runs.tables import Run


def task(session: Session, tenant_id: str, task_id: str, *, lock: bool = False) -> BuildTask:
    """The task of that id. ``lock`` holds its row until the transaction ends. Raises :class:`NotFound`."""
    query = select(BuildTask).where(
        BuildTask.id == task_id, BuildTask.tenant_id == tenant_id, BuildTask.deleted_at.is_(None)
    )
    found = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise NotFound("build task", task_id)
    return found


def task_of_build_project(session: Session, tenant_id: str, build_project_id: str) -> BuildTask:
    """The task whose shadow has that id. Raises :class:`NotFound`."""
    query = select(BuildTask).where(
        BuildTask.build_project_id == build_project_id,
        BuildTask.tenant_id == tenant_id,
        BuildTask.deleted_at.is_(None),
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("build project", build_project_id)
    return found


def record(session: Session, tenant_id: str, record_id: str) -> tuple[BuildTask, Run]:
    """The build record, or job of a BuildFlow, of that id and its task. Raises :class:`NotFound`."""
    run = queries.get(session, tenant_id, record_id)
    # A job of a BuildFlow belongs to the task of its record.
    whose = run if run.parent_run_id is None else session.get(Run, run.parent_run_id)
    if run.kind not in KINDS or whose is None or whose.task_id is None:
        raise NotFound("record", record_id)
    try:
        return task(session, tenant_id, whose.task_id), run
    except NotFound:
        raise NotFound("record", record_id) from None
