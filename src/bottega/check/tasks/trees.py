"""The files of a task, as its newest check saw them, or as its repository has them when there was no check."""

import asyncio
from collections.abc import Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.check import access
from bottega.check.access import Action
from bottega.check.issues.tables import CheckFile
from bottega.check.tasks import ignoring, reading
from bottega.check.tasks.code import TaskCode
from bottega.check.tasks.ignoring import Node
from bottega.check.tasks.tables import CheckTask
from bottega.check.tasks.texts import checked_path
from bottega.errors import BottegaError
from bottega.iam.principal import Principal
from bottega.store.database import Database


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Known files of a task, and what it ignores. ``checked`` is False when no check has told of any."""

    files: Sequence[str]
    ignored: Sequence[str]
    checked: bool


def known_files(session: Session, task: CheckTask) -> Sequence[str]:
    """What the newest check of the task saw, or else that of its family's default branch."""
    for task_id in dict.fromkeys((task.id, task.parent_id or task.id)):
        files = session.scalars(select(CheckFile.path).where(CheckFile.task_id == task_id)).all()
        if files:
            return files
    return ()


class TaskTrees:
    """Raises :class:`Invalid`, :class:`UnknownTask`, :class:`Forbidden`."""

    def __init__(self, database: Database, code: TaskCode) -> None:
        self._database = database
        self._code = code

    async def level(
        self, principal: Principal, task_id: str, folder: str, *, project_id: str = "", field: str
    ) -> list[Node]:
        """What lies directly in a folder of the repository, empty for its root.

        A repository that cannot be read now has no files here: the checks of the task say what is wrong with it.
        """
        inside = checked_path(folder, field) if folder.strip("/") else ""
        seen = await self.seen(principal, task_id, project_id=project_id, strict=False)
        return ignoring.level(seen.files, seen.ignored, inside)

    async def seen(
        self, principal: Principal, task_id: str, *, project_id: str = "", strict: bool = True
    ) -> Seen:
        """All known files. A repository that cannot be read has none, or if ``strict`` raises :class:`Conflict`."""
        seen = await asyncio.to_thread(self._seen, principal, task_id, project_id)
        if seen.checked:
            return seen
        try:
            files = await self._code.files(principal, task_id)
        except BottegaError:
            if strict:
                raise
            return seen
        return msgspec.structs.replace(seen, files=files)

    def _seen(self, principal: Principal, task_id: str, project_id: str) -> Seen:
        with self._database.read() as session:
            if project_id:
                task = reading.in_project(session, principal.tenant_id, project_id, task_id)
            else:
                task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.GET)
            files = known_files(session, task)
            ignored = reading.settings_of(session, task).ignore
            return Seen(files=files, ignored=ignored, checked=bool(files))
