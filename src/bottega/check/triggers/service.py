"""The scan that starts checks when something happened in a repository, or at their time; one replica starts each."""

import msgspec
import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bottega.check.errors import TaskRunning
from bottega.check.scans.service import ScanService
from bottega.check.scans.states import ScanState
from bottega.check.tasks import families, reading
from bottega.check.tasks.settings import MergeRequest
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.check.triggers.news import ClockStruck, Occasion
from bottega.check.triggers.tables import CheckTrigger
from bottega.clock import epoch_ms
from bottega.errors import BottegaError, Unavailable
from bottega.iam.standing import principal_of
from bottega.runs.triggers import PUSH, TIMER
from bottega.scm.news import BranchMoved, MergeAsked
from bottega.store.database import Database, DatabaseClosed

AT_ONCE = 100
FIRST_DELAY_MS, MAX_DELAY_MS = 5_000, 120_000
MAX_AGE_MS = 24 * 3600 * 1000
"""What could not become a check for so long is given up."""
OPENED, UPDATED = "open", "update"

log = structlog.get_logger(__name__)


class _TakenError(Exception):
    """Another replica has started the check, or there are later news."""


class CheckTriggers:
    """Checks run as who created the task, or who saved its schedule, with the rights they have at that moment."""

    def __init__(self, database: Database, scans: ScanService) -> None:
        self._database = database
        self._scans = scans

    def scan(self) -> None:
        """Start what is due, what came first first; what cannot begin now waits."""
        due = (
            select(CheckTrigger)
            .where(CheckTrigger.next_try_at <= epoch_ms())
            .order_by(CheckTrigger.next_try_at, CheckTrigger.id)
            .limit(AT_ONCE)
        )
        with self._database.read() as session:
            found = session.scalars(due).all()
        for row in found:
            self._handle(row)

    def _handle(self, row: CheckTrigger) -> None:
        said = log.bind(task_id=row.task_id, subject=row.subject)
        try:
            self._start(row)
        except _TakenError:
            return
        except (OperationalError, DatabaseClosed):
            # The database was in the way, not the news: they stay due.
            raise
        except (TaskRunning, Unavailable) as error:
            if epoch_ms() - row.received_at < MAX_AGE_MS:
                self._wait(row)
            else:
                self._drop(row)
                said.warning("a check was not started within a day", reason=str(error))
        except BottegaError as error:
            self._drop(row)
            said.warning("a check was not started", reason=str(error))
        except Exception:
            self._wait(row)
            log.exception("a check could not be started", task_id=row.task_id)

    def _start(self, row: CheckTrigger) -> None:
        news: Occasion = msgspec.convert(row.news, BranchMoved | MergeAsked | ClockStruck)
        by_clock = isinstance(news, ClockStruck)

        def take(session: Session, _scan: CheckScan) -> None:
            if not _gone(session, row):
                raise _TakenError

        with self._database.write() as session:
            root = session.get(CheckTask, row.task_id, with_for_update=True)
            task = None if root is None or root.deleted_at is not None else _task_of(session, root, news)
            if root is None or task is None or _checked_already(session, task, news):
                _gone(session, row)
                return
            user = principal_of(session, task.tenant_id, news.user_id if by_clock else root.creator_id)
        self._scans.run(user, task.id, trigger=TIMER if by_clock else PUSH, accepted=take)

    def _wait(self, row: CheckTrigger) -> None:
        pause = min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** min(row.tries, 10))
        with self._database.write() as session:
            session.execute(
                update(CheckTrigger)
                .where(CheckTrigger.id == row.id)
                .values(next_try_at=epoch_ms() + pause, tries=CheckTrigger.tries + 1)
            )

    def _drop(self, row: CheckTrigger) -> None:
        with self._database.write() as session:
            _gone(session, row)


def _gone(session: Session, row: CheckTrigger) -> bool:
    """Take the news out; False when others did, or later ones took their place."""
    taken = delete(CheckTrigger).where(CheckTrigger.id == row.id).returning(CheckTrigger.id)
    return session.execute(taken).one_or_none() is not None


def _task_of(session: Session, root: CheckTask, news: Occasion) -> CheckTask | None:
    """The member of the family that is to be checked. A branch has to have one already (reference, section 6.3)."""
    if isinstance(news, ClockStruck):
        return root
    if isinstance(news, MergeAsked):
        request = MergeRequest(
            source_branch=news.source,
            target_branch=news.target,
            merge_id=news.number,
            title=news.title,
            event="merge_request",
            action=OPENED if news.opened else UPDATED,
        )
        return families.merge_task(session, root, request)
    if news.branch == root.branch:
        return root
    query = select(CheckTask).where(
        CheckTask.parent_id == root.id,
        CheckTask.kind == families.BRANCH,
        CheckTask.branch == news.branch,
        CheckTask.deleted_at.is_(None),
    )
    return session.scalars(query.limit(1)).one_or_none()


def _checked_already(session: Session, task: CheckTask, news: Occasion) -> bool:
    """Whether the newest check was of this commit: a hook and a look at the repository tell of the same push."""
    if isinstance(news, ClockStruck):
        return False
    newest = reading.latest(session, task)
    return newest is not None and newest.state == ScanState.SUCCESS and newest.commit_id == news.commit != ""
