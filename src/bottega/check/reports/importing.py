"""Findings of other tools become issues of a task, and are found again as those of our own analysers are."""

import re
from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bottega.audit.events import AuditName
from bottega.check import access
from bottega.check.access import Action
from bottega.check.findings import Finding
from bottega.check.issues import cleaning
from bottega.check.issues.counting import change_counts
from bottega.check.issues.deciding import Circumstances, Decision, decide
from bottega.check.issues.errors import MAX_ISSUES
from bottega.check.issues.inherited import inherited
from bottega.check.issues.marks import ScanMarks
from bottega.check.issues.remembered import remembered
from bottega.check.issues.scope import LookedAt
from bottega.check.issues.states import NOT_ANALYSED
from bottega.check.issues.tables import CheckIssue
from bottega.check.issues.writing import write
from bottega.check.reports.sarif_in import ImportedTool, engine_name, read
from bottega.check.reports.tables import CheckImport
from bottega.check.tasks import reading
from bottega.check.tasks.noting import note
from bottega.check.tasks.tables import CheckTask
from bottega.check.tracking.matching import match
from bottega.check.tracking.snapshots import FileSnapshot
from bottega.clock import epoch_ms
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.store.database import Database

TRIES = 3
"""How often it is decided again because an issue changed meanwhile; the last time nobody can."""
KEPT = 100
"""So many imports of a task are remembered, the newest."""
MAX_ROOT = 4_096
MAX_TOOL = 128

_COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})?")
_UNCHANGED = FileSnapshot("")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller says of a report. ``partial``: the tool was to look at some files only."""

    tool: str = ""
    root: str = ""
    commit: str = ""
    partial: bool = False


class _Imported(LookedAt, frozen=True):
    """What another tool looked at, as far as it said so."""

    analysed: frozenset[str] | None = None
    unread: frozenset[str] = frozenset()

    def why_gone(self, rule: str, path: str) -> str | None:  # noqa: ARG002 - tools do not say which rules were on
        if not self.whole:
            return None
        looked = path not in self.unread and (self.analysed is None or path in self.analysed)
        return "" if looked else NOT_ANALYSED


class ImportService:
    """Raises :class:`Invalid`, :class:`UnknownTask`, :class:`Forbidden`; then nothing has changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def allow(self, principal: Principal, task_id: str) -> None:
        """Raise what :meth:`sarif` would raise whatever the report is: asked before it is read."""
        with self._database.read() as session:
            _task(session, principal, task_id)

    def sarif(self, principal: Principal, task_id: str, body: bytes, options: Options) -> list[CheckImport]:
        """Make the findings of a SARIF log issues of the task: an import for each tool of the log, all or none.

        Needs the right to run checks of the task.
        """
        if not _COMMIT.fullmatch(options.commit):
            raise Invalid("commit_id", "must be 40 or 64 hexadecimal digits")
        if len(options.root) > MAX_ROOT or "\0" in options.root:
            raise Invalid("root", f"must be at most {MAX_ROOT} characters, none of them NUL")
        if len(options.tool) > MAX_TOOL:
            raise Invalid("tool", f"must be at most {MAX_TOOL} characters")
        if options.tool:
            engine_name(options.tool)
        self.allow(principal, task_id)
        tools = read(body, tool=options.tool, root=options.root)
        works = [_Work(principal, task_id, tool, options) for tool in tools]
        # What several tools found is numbered one after the other, and so decided while nobody else changes anything.
        for _ in range(TRIES - 1 if len(works) == 1 else 0):
            with self._database.read() as session:
                version = works[0].load(session)
            works[0].decide()
            with self._database.write() as session:
                if _task(session, principal, task_id, lock=True).issue_version == version:
                    return [works[0].write(session)]
        with self._database.write() as session:
            _task(session, principal, task_id, lock=True)
            done: list[CheckImport] = []
            for work in works:
                work.load(session)
                work.decide()
                done.append(work.write(session))
            return done

    def imports(self, principal: Principal, task_id: str) -> Sequence[CheckImport]:
        """What was imported, the newest first. Needs the right to see the task's report."""
        with self._database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.GET_REPORT)
            query = select(CheckImport).where(CheckImport.task_id == task.id)
            return session.scalars(query.order_by(CheckImport.number.desc()).limit(KEPT)).all()


class _Work:
    """The findings of one tool on their way into the tables."""

    def __init__(self, principal: Principal, task_id: str, tool: ImportedTool, options: Options) -> None:
        self._principal = principal
        self._task_id = task_id
        self._tool = tool
        self._options = options
        self._findings: list[Finding] = cleaning.clean(tool.findings)
        self._id = new_hex()
        self._now = epoch_ms()
        self._complete = tool.complete and not options.partial
        self._decision: Decision

    def load(self, session: Session) -> int:
        """Read all that is compared with; returns the version of the task's issues."""
        task = _task(session, self._principal, self._task_id)
        counted = func.count().filter(CheckIssue.engine != self._tool.engine), func.max(CheckIssue.number)
        others, highest = session.execute(select(*counted).where(CheckIssue.task_id == task.id)).one()
        if others + len(self._findings) > MAX_ISSUES:
            raise Invalid("runs", f"the task would have more than {MAX_ISSUES} issues")
        self._known = remembered(session, task.id, self._now, self._tool.engine)
        newest = select(func.max(CheckImport.number)).where(CheckImport.task_id == task.id)
        self._number = (session.scalar(newest) or 0) + 1
        tool = self._tool
        self._circumstances = Circumstances(
            task_id=task.id,
            tenant_id=task.tenant_id,
            scan_id=self._id,
            name=f"import of {tool.engine}",
            previous_id="",
            previous=None,
            now=self._now,
            new_since=reading.settings_of(session, task).new_since,
            next_number=(highest or 0) + 1,
            looked_at=_Imported(
                files={},
                marks=ScanMarks(),
                broken=frozenset(),
                whole=self._complete,
                complete=False,
                analysed=None if tool.analysed is None else frozenset(map(cleaning.path, tool.analysed)),
                unread=frozenset(map(cleaning.path, tool.unread)),
            ),
            # Nobody knows the files: what the tool says of an issue is all there is to be compared.
            before={one.path: _UNCHANGED for one in self._known},
            files={one.path: _UNCHANGED for one in self._findings},
            inherited=inherited(session, task, first=False),
            owners=None,
        )
        return task.issue_version

    def decide(self) -> None:
        """Match, and say what changes."""
        matching = match(self._known, self._findings, {}, {}, whole=False)
        self._decision = decide(self._circumstances, self._known, self._findings, matching)

    def write(self, session: Session) -> CheckImport:
        """Write it all, in the caller's transaction, in which the task is locked."""
        task = session.get_one(CheckTask, self._task_id)
        decision, tool, principal = self._decision, self._tool, self._principal
        write(session, decision)
        if decision.changes_anything:
            change_counts(session, task.id, decision.counts)
            task.issue_version += 1
        row = CheckImport(
            id=self._id,
            task_id=task.id,
            tenant_id=task.tenant_id,
            number=self._number,
            engine=tool.engine,
            tool=cleaning.storable(tool.name)[:128],
            tool_version=cleaning.storable(tool.version)[:64],
            commit_id=self._options.commit,
            complete=self._complete,
            user_name=principal.user_name,
            created_at=self._now,
            figures={
                "findings": len(self._findings),
                **{name: decision.became.get(name, 0) for name in ("new", "fixed", "gone", "reopened")},
                "skipped": dict(tool.skipped),
            },
        )
        session.add(row)
        session.flush()
        old = CheckImport.number <= self._number - KEPT
        session.execute(delete(CheckImport).where(CheckImport.task_id == task.id, old))
        note(session, principal, task, AuditName.IMPORT_ISSUES, f"{tool.engine}: {len(self._findings)}")
        return row


def _task(session: Session, principal: Principal, task_id: str, *, lock: bool = False) -> CheckTask:
    task = reading.task(session, principal.tenant_id, task_id, lock=lock)
    access.require_on_task(session, principal, task, Action.EXECUTE)
    return task
