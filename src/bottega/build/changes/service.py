"""Keeping, listing and comparing revisions."""

import difflib
from typing import Any

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bottega.build import access, reading
from bottega.build.access import Action
from bottega.build.changes.tables import TaskRevision
from bottega.build.identifiers import check_job_id
from bottega.build.tables import BuildTask
from bottega.clock import epoch_ms
from bottega.errors import NotFound
from bottega.iam.principal import Principal
from bottega.store.database import Database

CREATED = "CREATE"
UPDATED = "UPDATE"
KEPT = 200
"""The newest revisions of a task; older ones are forgotten, so that a task saved by a script does not grow for ever."""


def note_revision(session: Session, principal: Principal, task: BuildTask, kind: str) -> None:
    """Keep the configuration that is being saved, in the saving transaction."""
    session.add(
        TaskRevision(
            task_id=task.id,
            number=task.revision,
            tenant_id=task.tenant_id,
            kind=kind,
            name=task.name,
            definition=task.definition,
            user_id=principal.user_id,
            user_name=principal.user_name,
            at=epoch_ms(),
        )
    )
    session.execute(
        delete(TaskRevision).where(
            TaskRevision.task_id == task.id, TaskRevision.number <= task.revision - KEPT
        )
    )


class ChangeService:
    """Needs the right to view the task. Raises :class:`NotFound`, :class:`Forbidden`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, principal: Principal, task_id: str, *, offset: int, limit: int
    ) -> tuple[list[TaskRevision], int]:
        """Some revisions, newest first, and how many there are."""
        with self._database.read() as session:
            self._require(session, principal, task_id)
            mine = TaskRevision.task_id == task_id
            total = session.scalar(select(func.count()).select_from(TaskRevision).where(mine)) or 0
            query = select(TaskRevision).where(mine).order_by(TaskRevision.number.desc())
            return list(session.scalars(query.offset(offset).limit(limit))), total

    def difference(self, principal: Principal, task_id: str, *, original: int, revised: int) -> str | None:
        """A unified diff from one revision to another; None when they are equal."""
        with self._database.read() as session:
            self._require(session, principal, task_id)
            before, after = (_text(_revision(session, task_id, number)) for number in (original, revised))
        lines = list(
            difflib.unified_diff(before, after, f"revision {original}", f"revision {revised}", lineterm="")
        )
        return "\n".join(lines) if lines else None

    @staticmethod
    def _require(session: Session, principal: Principal, task_id: str) -> None:
        check_job_id(task_id)
        task = reading.task(session, principal.tenant_id, task_id)
        access.require_on_task(session, principal, task, Action.VIEW)


def _revision(session: Session, task_id: str, number: int) -> TaskRevision:
    revision = session.get(TaskRevision, (task_id, number))
    if revision is None:
        raise NotFound("revision", number)
    return revision


def _text(revision: TaskRevision) -> list[str]:
    document: dict[str, Any] = {"job_name": revision.name, **revision.definition}
    encoded = msgspec.json.encode(document, order="sorted")
    return msgspec.json.format(encoded, indent=2).decode("utf-8").splitlines()
