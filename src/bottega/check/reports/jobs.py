"""Reports that are written in the background: asked for, waited for, fetched once."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from bottega.check.access import Action
from bottega.check.errors import UnknownReport
from bottega.check.issues.counting import counts_of
from bottega.check.issues.figures import open_by_severity
from bottega.check.issues.rulebook import RuleBook
from bottega.check.issues.service import task_of
from bottega.check.issues.states import ACTIVE, STATUS_NAMES, IssueStatus
from bottega.check.issues.tables import CheckIssue
from bottega.check.reports.fonts import fonts
from bottega.check.reports.health import grade
from bottega.check.reports.pdf import MAX_ISSUES, Report, ReportedIssue, draw
from bottega.check.reports.tables import CheckReportJob
from bottega.check.scans.states import ScanState
from bottega.check.tasks import reading
from bottega.check.tasks.tables import CheckTask
from bottega.check.times import moment
from bottega.clock import epoch_ms
from bottega.errors import Invalid, Unavailable
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.projects.tables import Project
from bottega.store.database import Database, DatabaseClosed
from bottega.store.objects import Objects
from bottega.transfers.doomed import doom
from bottega.transfers.tables import StoredObject

KIND = "report"
KEPT_MS = 24 * 3600 * 1000
"""For how long a report can be fetched, and be asked after."""
BATCH = 20
MAX_PROJECT_NAME, MAX_FILE, MAX_JOB = 256, 255, 2**31 - 1
_SHOWN_REASON = 500

log = structlog.get_logger(__name__)


class JobState(StrEnum):
    """As clients see them."""

    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


class ReportJobs:
    """Needs the right to see the task's report. Raises :class:`Invalid`, :class:`UnknownTask`, :class:`Forbidden`."""

    def __init__(
        self,
        database: Database,
        objects: Objects,
        rules: RuleBook,
        chosen_fonts: Sequence[str],
        zone: ZoneInfo,
    ) -> None:
        self._database = database
        self._objects = objects
        self._rules = rules
        self._fonts = chosen_fonts
        self.zone = zone
        self.asked: Callable[[], None] = lambda: None
        """Called when there is something to be written; a periodic scan repairs what nobody heard."""

    def ask(self, principal: Principal, task_id: str, project_name: str = "") -> CheckReportJob:
        """Have a report of the task written; while one is being written, that one is meant."""
        if len(project_name) > MAX_PROJECT_NAME or "\0" in project_name:
            raise Invalid("project_name", f"must be at most {MAX_PROJECT_NAME} characters, none of them NUL")
        with self._database.write() as session:
            task = task_of(session, principal, task_id, "", Action.GET_REPORT)
            # Held, so that of two who ask at once the second finds what the first has asked for.
            session.get(CheckTask, task.id, with_for_update=True)
            query = select(CheckReportJob).where(
                CheckReportJob.task_id == task.id, CheckReportJob.state == JobState.RUNNING
            )
            job = session.scalars(query.limit(1)).one_or_none()
            if job is None:
                job = CheckReportJob(
                    task_id=task.id,
                    tenant_id=task.tenant_id,
                    project_name=project_name,
                    state=JobState.RUNNING,
                    created_at=epoch_ms(),
                )
                session.add(job)
                session.flush()
                event.listen(session, "after_commit", self._tell, once=True)
        return job

    def job(self, principal: Principal, task_id: str, job_id: int) -> CheckReportJob:
        """How far it is. Raises :class:`UnknownReport`, as for all that is older than a day."""
        with self._database.read() as session:
            task = task_of(session, principal, task_id, "", Action.GET_REPORT)
            job = session.get(CheckReportJob, job_id) if 0 < job_id <= MAX_JOB else None
            if job is None or job.task_id != task.id:
                raise UnknownReport
            return job

    def fetch(self, principal: Principal, task_id: str, file: str) -> bytes:
        """The report, which is not there any more afterwards. Raises :class:`UnknownReport`, :class:`Unavailable`."""
        with self._database.read() as session:
            task = task_of(session, principal, task_id, "", Action.GET_REPORT)
            query = select(CheckReportJob.id, CheckReportJob.object_key).where(
                CheckReportJob.task_id == task.id,
                CheckReportJob.file == file[: MAX_FILE + 1].replace("\0", "\ufffd"),
                CheckReportJob.object_key != "",
            )
            found = session.execute(query.order_by(CheckReportJob.id.desc()).limit(1)).one_or_none()
        if found is None:
            raise UnknownReport
        try:
            content = self._objects.get(found.object_key)
        except FileNotFoundError:
            raise UnknownReport from None
        with self._database.write() as session:
            job = session.get(CheckReportJob, found.id, with_for_update=True)
            if job is None or job.object_key != found.object_key:
                raise UnknownReport
            job.object_key = ""
            doom(session, KIND, [found.object_key])
        return content

    def scan(self) -> int:
        """Write what was asked for, and forget what nobody has fetched in time; returns how many were written."""
        self._forget_old()
        count = 0
        for job_id in self._waiting():
            with self._database.alone(f"report {job_id}") as free:
                if free:
                    self._attempt(job_id)
                    count += 1
        return count

    def _tell(self, _session: Session) -> None:
        self.asked()

    def _waiting(self) -> Sequence[int]:
        query = select(CheckReportJob.id).where(CheckReportJob.state == JobState.RUNNING)
        with self._database.read() as session:
            return session.scalars(query.order_by(CheckReportJob.created_at).limit(BATCH)).all()

    def _attempt(self, job_id: int) -> None:
        try:
            self._write(job_id)
        except (Unavailable, DatabaseClosed):
            raise
        except Exception as error:
            # A report that is never finished would be waited for by its client for ever.
            log.exception("report cannot be written", job_id=job_id)
            with self._database.write() as session:
                job = session.get(CheckReportJob, job_id, with_for_update=True)
                if job is not None and job.state == JobState.RUNNING:
                    job.state, job.reason = JobState.FAILED, _reason(error)

    def _write(self, job_id: int) -> None:
        self._rules.all()
        with self._database.read() as session:
            job = session.get(CheckReportJob, job_id)
            task = None if job is None else session.get(CheckTask, job.task_id)
            if job is None or task is None or job.state != JobState.RUNNING:
                return
            report = self._report(session, task, job.project_name)
        content = draw(report, [Path(one) for one in fonts(self._fonts)])
        name = new_hex()
        key = f"reports/{job.tenant_id}/{name}"
        stored = StoredObject(id=name, object_key=key, kind=KIND, size=len(content), created_at=epoch_ms())
        with self._database.write() as session:
            session.add(stored)
        self._objects.put(key, content)
        at = datetime.fromtimestamp(epoch_ms() / 1000, self.zone)
        with self._database.write() as session:
            job = session.get(CheckReportJob, job_id, with_for_update=True)
            if job is None or job.state != JobState.RUNNING:
                # Its task was deleted meanwhile; the object goes with the sweep.
                doom(session, KIND, [key])
            else:
                job.state, job.object_key = JobState.SUCCESS, key
                job.file = (
                    f"defects/PdfFiles/{at:%Y%m%d}/CodeArtsCheck_Report_{job.task_id}_{at:%Y%m%d%H%M%S}.pdf"
                )
            session.execute(delete(StoredObject).where(StoredObject.id == name))

    def _report(self, session: Session, task: CheckTask, project_name: str) -> Report:
        scan = reading.latest(session, task, ScanState.SUCCESS)
        counts = counts_of(session, task.id)
        by_severity = open_by_severity(counts)
        figures = scan.figures if scan else {}
        pending = {one: count for one, count in counts.items() if one.status in ACTIVE}
        statuses = {
            STATUS_NAMES[status]: sum(count for one, count in counts.items() if one.status == status)
            for status in IssueStatus
            if status not in ACTIVE
        }
        project = session.get(Project, task.project_id)
        return Report(
            project=project_name or (project.name if project else task.project_id),
            task=task.name,
            url=task.git_url,
            branch=task.branch,
            commit=scan.commit_id if scan else "",
            checked_at=moment(scan.finished_at) if scan and scan.finished_at else "",
            made_at_ms=epoch_ms(),
            grade=grade(by_severity, int(figures.get("code", 0))) or "",
            gate=scan.gate if scan else "",
            gate_faults=scan.gate_faults if scan else [],
            by_severity=by_severity,
            statuses=statuses,
            new=sum(count for one, count in pending.items() if one.is_new and not one.deferred),
            deferred=sum(count for one, count in pending.items() if one.deferred),
            figures=figures,
            coverage=scan.coverage if scan else {},
            issues=self._issues(session, task.id),
            total=sum(by_severity),
        )

    def _issues(self, session: Session, task_id: str) -> list[ReportedIssue]:
        query = (
            select(CheckIssue)
            .where(
                CheckIssue.task_id == task_id, CheckIssue.status.in_(ACTIVE), CheckIssue.deferred.is_(False)
            )
            .order_by(CheckIssue.severity, CheckIssue.number)
            .limit(MAX_ISSUES)
        )
        return [
            ReportedIssue(
                severity=one.severity,
                rule=f"{one.rule} {self._rules.name(one.rule)}",
                place=f"{one.path}:{one.line}" if one.line else one.path,
                message=one.message,
                status=f"{STATUS_NAMES[IssueStatus(one.status)]}{', new' if one.is_new else ''}",
            )
            for one in session.scalars(query)
        ]

    def _forget_old(self) -> None:
        border = epoch_ms() - KEPT_MS
        old = select(CheckReportJob).where(CheckReportJob.created_at < border).limit(BATCH)
        with self._database.read() as session:
            if session.scalars(old).first() is None:
                return
        with self._database.write() as session:
            for job in session.scalars(old):
                _forget(session, job)


def forget_reports(session: Session, task_id: str) -> None:
    """The task is being purged."""
    for job in session.scalars(select(CheckReportJob).where(CheckReportJob.task_id == task_id)):
        _forget(session, job)


def _forget(session: Session, job: CheckReportJob) -> None:
    if job.object_key:
        doom(session, KIND, [job.object_key])
    session.delete(job)


def _reason(error: Exception) -> str:
    text = (
        str(error) if type(error).__name__ == "FontUnreadable" else f"internal error ({type(error).__name__})"
    )
    return text.replace("\0", "")[:_SHOWN_REASON]
