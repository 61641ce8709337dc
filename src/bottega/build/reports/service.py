"""Keeping and showing what builds report of their tests."""

import re
from collections.abc import Iterator

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bottega.audit import trail
from bottega.audit.events import AuditKind, AuditName
from bottega.build import access, reading
from bottega.build.access import Action
from bottega.build.actions.coverage_pages import KIND
from bottega.build.identifiers import check_job_id
from bottega.build.kinds import KINDS
from bottega.build.reports.archives import Archives, archive_key
from bottega.build.reports.figures import Coverage, UnitTests, check_coverage, check_tests
from bottega.build.reports.flow_stages import FlowStages
from bottega.build.reports.housekeeping import ReportHousekeeping
from bottega.build.reports.recording import OF_LOST_ATTEMPT, keep_archive, keep_coverage, keep_tests
from bottega.build.reports.tables import CoverageReport, UnitTestReport
from bottega.clock import epoch_ms
from bottega.errors import Invalid, NotFound
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.runs import queries
from bottega.runs.tables import Run
from bottega.store.database import Database
from bottega.store.objects import Objects
from bottega.transfers.tables import StoredObject

ROOT_ID_PATTERN = "^[A-Za-z0-9_-]{1,40}$"
_ROOT_ID = re.compile(ROOT_ID_PATTERN)


class StageTests(msgspec.Struct, frozen=True, kw_only=True):
    """The tests of one stage. ``created_at`` in epoch milliseconds. A flow's stages are ``job/stage``."""

    stage: str
    root_id: str
    tests: UnitTests
    created_at: int


class StageCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """The coverage of one stage; ``has_archive`` while its report for people can be downloaded."""

    stage: str
    root_id: str
    coverage: Coverage
    has_archive: bool


class ReportService:
    """Reading needs the right to view the task. What is kept is kept for whoever runs the build."""

    def __init__(self, database: Database, objects: Objects) -> None:
        self._database = database
        self._archives = Archives(objects)
        self.housekeeping = ReportHousekeeping(database, self._archives)

    def tests(self, principal: Principal, task_id: str, number: int) -> list[StageTests]:
        """The stages of a build that reported tests, in order.

        Raises :class:`InvalidId`, :class:`NotFound`, :class:`Forbidden`.
        """
        with self._database.read() as session:
            run = _viewed(session, principal, task_id, number)
            stages = FlowStages(session, run)
            query = select(UnitTestReport).where(
                UnitTestReport.run_id.in_(stages.run_ids), UnitTestReport.tenant_id == principal.tenant_id
            )
            rows = session.scalars(query).all()
        return [
            StageTests(
                stage=stages.name(row.run_id, row.stage),
                root_id=row.root_id,
                tests=UnitTests(**{name: getattr(row, name) for name in UnitTests.__struct_fields__}),
                created_at=row.created_at,
            )
            for row in sorted(rows, key=lambda row: stages.position(row.run_id, row.stage))
        ]

    def coverage(
        self, principal: Principal, task_id: str, number: int, root: str = ""
    ) -> list[StageCoverage]:
        """The stages of a build that reported coverage, in order, or only the one of that root id.

        Raises like :meth:`tests`, and :class:`Invalid` for what can be no root id.
        """
        if root:
            _check_root(root)
        with self._database.read() as session:
            stages = FlowStages(session, _viewed(session, principal, task_id, number))
            rows = _coverage(session, principal, stages)
        found = [
            StageCoverage(
                stage=stages.name(row.run_id, row.stage),
                root_id=row.root_id,
                coverage=msgspec.convert(row.counters, Coverage),
                has_archive=row.archive_bytes > 0,
            )
            for row in sorted(rows, key=lambda row: stages.position(row.run_id, row.stage))
            if root in {"", row.root_id}
        ]
        if root and not found:
            raise NotFound("coverage report", root)
        return found

    def archive(self, principal: Principal, task_id: str, number: int, root: str) -> Iterator[bytes]:
        """The coverage report for people of one stage, a zip file in pieces.

        Raises like :meth:`coverage`, and :class:`Unavailable`.
        """
        _check_root(root)
        with self._database.read() as session:
            stages = FlowStages(session, _viewed(session, principal, task_id, number))
            rows = _coverage(session, principal, stages)
        row = next((row for row in rows if row.root_id == root and row.archive_bytes), None)
        if row is None:
            raise NotFound("coverage report", root)
        try:
            return self._archives.read(principal.tenant_id, root, row.archive_bytes)
        except FileNotFoundError:
            # Deleted since the row was read.
            raise NotFound("coverage report", root) from None

    def store_tests(self, principal: Principal, run_id: str, stage: str, tests: UnitTests) -> None:
        """Keep the figures of one stage in place of earlier ones, such as those of an attempt that was lost.

        ``principal`` runs the build. Raises :class:`ReportUnreadable`, :class:`Invalid` for a stage the build does not
        have, :class:`NotFound`.
        """
        check_tests(tests)
        with self._database.write() as session:
            run = _receiving(session, principal, run_id, stage)
            keep_tests(session, run, stage, tests)
            _note(session, principal, run, f"{tests.total} tests of {stage}")

    def store_coverage(
        self,
        principal: Principal,
        run_id: str,
        stage: str,
        coverage: Coverage,
        archive: Iterator[bytes] | None = None,
    ) -> None:
        """The same for coverage; ``archive`` is a zip file of at most 256 MiB. Also raises :class:`Unavailable`.

        Figures come first; an archive that breaks off leaves them with the earlier archive.
        """
        check_coverage(coverage)
        with self._database.write() as session:
            run = _receiving(session, principal, run_id, stage)
            keep_coverage(session, run, stage, coverage)
            _note(session, principal, run, f"coverage of {stage}")
        if archive is None:
            return
        root = new_hex()
        key = archive_key(run.tenant_id, root)
        with self._database.write() as session:
            session.add(StoredObject(id=root, object_key=key, kind=KIND, created_at=epoch_ms()))
        size = self._archives.store(run.tenant_id, root, archive)
        with self._database.write() as session:
            run = _receiving(session, principal, run_id, stage)
            session.execute(delete(StoredObject).where(StoredObject.id == root))
            keep_archive(session, run, stage, root, size)


def _viewed(session: Session, principal: Principal, task_id: str, number: int) -> Run:
    check_job_id(task_id)
    task = reading.task(session, principal.tenant_id, task_id)
    access.require_on_task(session, principal, task, Action.VIEW)
    return queries.by_number(session, principal.tenant_id, task_id, number)


def _receiving(session: Session, principal: Principal, run_id: str, stage: str) -> Run:
    # Locked, so that two reports of one stage queue up.
    run = session.get(Run, run_id, with_for_update=True)
    if run is None or run.tenant_id != principal.tenant_id or run.kind not in KINDS:
        raise NotFound("record", run_id)
    if not any(step["key"] == stage for step in run.spec["steps"]):
        raise Invalid("stage", f"the build has no stage {stage[:80]!r}")
    return run


def _coverage(session: Session, principal: Principal, stages: FlowStages) -> list[CoverageReport]:
    query = select(CoverageReport).where(
        CoverageReport.run_id.in_(stages.run_ids),
        CoverageReport.tenant_id == principal.tenant_id,
        CoverageReport.root_id != OF_LOST_ATTEMPT,
    )
    return list(session.scalars(query))


def _check_root(root: str) -> None:
    if not _ROOT_ID.fullmatch(root):
        raise Invalid("root_id", "must be 1 to 40 letters, digits, - and _")


def _note(session: Session, principal: Principal, run: Run, detail: str) -> None:
    trail.record(
        session,
        principal,
        AuditName.UPLOAD_REPORT,
        AuditKind.JOB,
        run.task_id or run.id,
        run.task_name,
        project_id=run.project_id,
        detail=f"build {run.number}: {detail}",
    )
