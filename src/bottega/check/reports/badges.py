"""The badge of a check task: the grade of its code's health."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.audit.events import AuditName
from bottega.badges.drawing import check_label, draw
from bottega.badges.links import BadgeLink, BadgeLinks, forget_badge
from bottega.check import access
from bottega.check.access import Action
from bottega.check.issues.counting import counts_of
from bottega.check.issues.figures import open_by_severity
from bottega.check.issues.service import task_of
from bottega.check.reports.health import Grade, grade
from bottega.check.scans.states import ScanState
from bottega.check.tasks import reading
from bottega.check.tasks.families import BRANCH
from bottega.check.tasks.noting import note
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

LABEL, CHINESE_LABEL = "code health", "代码健康度"
UNKNOWN, CHINESE_UNKNOWN = "unknown", "未知"
MAX_BRANCH = 255

_COLOURS: Mapping[Grade | None, str] = {
    Grade.A: "#2e7d32",
    Grade.B: "#827717",
    Grade.C: "#b35900",
    Grade.D: "#c62828",
    None: "#757575",
}


class HealthBadges:
    """Raises :class:`Invalid`, :class:`UnknownTask`, :class:`Forbidden`."""

    def __init__(self, database: Database, secrets: SecretBox, public_url: str) -> None:
        self._database = database
        self.public_url = public_url
        self._links = BadgeLinks(secrets, "check task")

    def show(
        self, principal: Principal, task_id: str, scan_id: str = "", label: str = "", *, chinese: bool = False
    ) -> bytes:
        """The badge, as SVG, for who may see the task.

        Without a check it is about the newest successful one, and the issues of its task as they are now; with one,
        about what that check came to. Raises :class:`UnknownScan` too.
        """
        check_label(label)
        with self._database.read() as session:
            task = task_of(session, principal, task_id, scan_id, Action.GET)
            found = _grade_of_scan(session, task, scan_id) if scan_id else _grade_now(session, task)
        return _drawn(found, label, chinese=chinese)

    def link(self, principal: Principal, task_id: str) -> BadgeLink | None:
        """The public address, or None while there is none. Needs the right to change the task, as all that follows."""
        with self._database.read() as session:
            _managed(session, principal, task_id)
            return self._links.find(session, task_id)

    def publish(self, principal: Principal, task_id: str) -> BadgeLink:
        """Make a public address; one that was there before is worth nothing any more."""
        with self._database.write() as session:
            task = _managed(session, principal, task_id, lock=True)
            link = self._links.publish(session, principal, task_id)
            note(session, principal, task, AuditName.PUBLISH_BADGE)
        return link

    def revoke(self, principal: Principal, task_id: str) -> None:
        """Show the badge to nobody but who may see the task."""
        with self._database.write() as session:
            task = _managed(session, principal, task_id, lock=True)
            if forget_badge(session, task_id):
                note(session, principal, task, AuditName.REVOKE_BADGE)


def paint(session: Session, task_id: str, branch: str, label: str) -> bytes | None:
    """The badge of a task, or of a branch of its family, without regard to who asks. Raises :class:`Invalid`."""
    if len(branch) > MAX_BRANCH or "\0" in branch:
        raise Invalid("branch", f"must be at most {MAX_BRANCH} characters, without NUL")
    check_label(label)
    task = session.get(CheckTask, task_id)
    if task is None or task.deleted_at is not None:
        return None
    of = _of_branch(session, task, branch)
    return _drawn(_grade_now(session, of) if of else None, label, chinese=False)


def _of_branch(session: Session, task: CheckTask, branch: str) -> CheckTask | None:
    if branch in {"", task.branch}:
        return task
    query = select(CheckTask).where(
        CheckTask.parent_id == task.id,
        CheckTask.kind == BRANCH,
        CheckTask.branch == branch,
        CheckTask.deleted_at.is_(None),
    )
    return session.scalars(query.limit(1)).one_or_none()


def _grade_now(session: Session, task: CheckTask) -> Grade | None:
    scan = reading.latest(session, task, ScanState.SUCCESS)
    return scan and _grade(open_by_severity(counts_of(session, task.id)), scan)


def _grade_of_scan(session: Session, task: CheckTask, scan_id: str) -> Grade | None:
    scan = reading.scan(session, task, scan_id)
    return _grade(scan.counts, scan) if scan.state == ScanState.SUCCESS else None


def _grade(by_severity: Sequence[int], scan: CheckScan) -> Grade | None:
    return grade(by_severity, int(scan.figures.get("code", 0))) if by_severity else None


def _drawn(found: Grade | None, label: str, *, chinese: bool) -> bytes:
    word = found or (CHINESE_UNKNOWN if chinese else UNKNOWN)
    return draw(label or (CHINESE_LABEL if chinese else LABEL), word, _COLOURS[found])


def _managed(session: Session, principal: Principal, task_id: str, *, lock: bool = False) -> CheckTask:
    task = reading.task(session, principal.tenant_id, task_id, lock=lock)
    access.require_on_task(session, principal, task, Action.UPDATE)
    return task
