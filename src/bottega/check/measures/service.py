"""What the API asks of single files of a task."""

import msgspec
from sqlalchemy.orm import Session

from bottega.check.access import Action
from bottega.check.issues.service import SUCCESS, task_of
from bottega.check.issues.tables import CheckFile
from bottega.check.measures import duplicates, files, folders
from bottega.check.measures.duplicates import Block, Lines
from bottega.check.measures.files import MeasuredFile, MeasureFilter, Totals
from bottega.check.measures.folders import Folder
from bottega.check.scans import snapshots
from bottega.check.tasks import reading
from bottega.check.tasks.tables import CheckTask
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.store.database import Database
from bottega.store.objects import Objects


class FileDuplicates(msgspec.Struct, frozen=True, kw_only=True):
    """A file, the blocks that are elsewhere too, and the paths of files that are the same as a whole."""

    file: MeasuredFile
    blocks: list[Block]
    twins: list[str]


class MeasureService:
    """Needs the right to see the task's report. Raises :class:`Invalid`, :class:`UnknownTask`, :class:`Forbidden`.

    A ``scan_id`` names the task's own check, or one of a branch or merge request of its family: the files are those
    of the task that was checked, as its newest check saw them. Raises :class:`UnknownScan`.
    """

    def __init__(self, database: Database, objects: Objects) -> None:
        self._database = database
        self._objects = objects

    def page(  # noqa: PLR0917 - who, of what, which
        self,
        principal: Principal,
        task_id: str,
        where: MeasureFilter,
        offset: int,
        limit: int,
        scan_id: str = "",
    ) -> tuple[list[MeasuredFile], int]:
        """Some files with their sizes, and how many there are."""
        with self._database.read() as session:
            task = task_of(session, principal, task_id, scan_id, Action.GET_REPORT)
            return files.page(session, task.id, where, offset, limit)

    def totals(self, principal: Principal, task_id: str, search: str, scan_id: str = "") -> Totals:
        """How many files are complex, duplicated, or neither."""
        with self._database.read() as session:
            task = task_of(session, principal, task_id, scan_id, Action.GET_REPORT)
            return files.totals(session, task.id, search)

    def folder(
        self, principal: Principal, task_id: str, path: str, scan_id: str = "", *, field: str
    ) -> Folder:
        """The measures of a folder, and of each folder and file in it; an empty path is the whole repository.

        Raises :class:`Unavailable` too.
        """
        with self._database.read() as session:
            task = task_of(session, principal, task_id, scan_id, Action.GET_REPORT)
            found = folders.files_below(session, task.id, path)
            if path and not found:
                raise Invalid(field, "is no folder that the newest check saw")
            scan = reading.latest(session, task, SUCCESS)
            key = scan.snapshot_key if scan else ""
        return folders.measured(path, found, snapshots.read(self._objects, key))

    def duplicates(
        self,
        principal: Principal,
        task_id: str,
        path: str,
        wanted: Lines,
        scan_id: str = "",
        *,
        field: str,
    ) -> FileDuplicates:
        """The duplicates in a file the check saw; ``field`` is what a refusal calls its path."""
        with self._database.read() as session:
            task, file = self._file(session, principal, task_id, path, scan_id, field)
            blocks = duplicates.of_file(session, task.id, path, wanted)
        return FileDuplicates(file=file, blocks=blocks, twins=[])

    def twins(
        self, principal: Principal, task_id: str, path: str, scan_id: str = "", *, field: str
    ) -> FileDuplicates:
        """The files with the same content as one the check saw. Raises :class:`Unavailable`."""
        with self._database.read() as session:
            task, file = self._file(session, principal, task_id, path, scan_id, field)
            scan = reading.latest(session, task, SUCCESS)
            key = scan.snapshot_key if scan else ""
        found = duplicates.twins(snapshots.read(self._objects, key), path)
        return FileDuplicates(file=file, blocks=[], twins=found)

    @staticmethod
    def _file(  # noqa: PLR0917 - who, of what, where
        session: Session, principal: Principal, task_id: str, path: str, scan_id: str, field: str
    ) -> tuple[CheckTask, MeasuredFile]:
        task = task_of(session, principal, task_id, scan_id, Action.GET_REPORT)
        found = None if "\0" in path else session.get(CheckFile, (task.id, path))
        if found is None:
            raise Invalid(field, "is no file that the newest check saw")
        return task, files.measured(found)
