"""The scan that starts builds when their time has come. Every replica makes it; each time is fired by one of them."""

import random
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import msgspec
import structlog
from sqlalchemy import or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bottega.build.compile import RunChoices
from bottega.build.looking import Looking
from bottega.build.service import BuildService
from bottega.build.tables import BuildTask
from bottega.build.timers import code
from bottega.build.timers.due import DueTimer, move_on, read_due
from bottega.build.timers.stopping import MAX_FAILURES, stop
from bottega.build.timers.tables import TaskTimer
from bottega.clock import epoch_ms
from bottega.errors import BottegaError, Conflict, Forbidden, Invalid, NotFound, Unavailable
from bottega.iam.standing import principal_of
from bottega.runs.states import CONCLUSIVE, FINAL, RunState
from bottega.runs.tables import Run
from bottega.runs.triggers import TIMER
from bottega.store.database import DatabaseClosed

GRACE_MS = 3600 * 1000
"""A time that was missed, because no server ran, is made up for so much later at most, once for all that were."""

LOOKING_THREADS = 4
"""Repositories that are asked at a time whether they have changed."""

ENDED_AT_ONCE = 500

log = structlog.get_logger(__name__)


class _TakenError(Exception):
    """Another replica has fired this time, or the task was saved meanwhile."""


class TimerService:
    """Fires timers. ``clock`` tells the time in epoch milliseconds."""

    def __init__(
        self, builds: BuildService, git: Mapping[str, Any], clock: Callable[[], int] = epoch_ms
    ) -> None:
        """``git``: URL policy and credentials, as agents are told them."""
        self._builds = builds
        self._database = builds.database
        self._clock = clock
        self._looking = Looking(git, "timers")
        self._threads = ThreadPoolExecutor(LOOKING_THREADS, thread_name_prefix="timers")
        self._asked: dict[str, Future[None]] = {}
        self._closing = False

    def scan(self) -> None:
        """Count the runs that have ended, and fire what is due. Repositories are asked in threads of their own."""
        self._count_ended()
        self._asked = {task_id: asked for task_id, asked in self._asked.items() if not asked.done()}
        with self._database.read() as session:
            due = read_due(session, self._clock(), self._asked)
        # Replicas that went through them in one order would meet at every single one.
        random.shuffle(due)
        for timer in due:
            if timer.next_at is not None and timer.only_changes and not timer.running:
                self._asked[timer.task_id] = self._threads.submit(self._handle, timer)
            else:
                self._handle(timer)

    def wait(self) -> None:
        """Return when no repository is being asked any more."""
        wait(self._asked.values())

    def close(self) -> None:
        """End what is being asked."""
        self._closing = True
        self._looking.close()
        self._threads.shutdown(cancel_futures=True)

    def _handle(self, timer: DueTimer) -> None:
        # Read only now: it may have waited for a thread.
        now = self._clock()
        try:
            self._act(timer, now)
        except (OperationalError, DatabaseClosed):
            # The database was in the way, not the timer: it stays due.
            raise
        except Exception:
            # It must not be in the way of all others, nor be tried at every scan.
            log.exception("a timer could not be fired", task_id=timer.task_id)
            try:
                following = timer.time_after(max(now, timer.due_at))
            except (Invalid, msgspec.ValidationError) as error:
                self._stop(timer, f"the timers cannot be read: {error}")
            else:
                self._move_on(timer, following)

    def _act(self, timer: DueTimer, now: int) -> None:
        said = log.bind(task_id=timer.task_id, task_name=timer.task_name)
        if timer.next_at is None:
            self._move_on(timer, timer.time_after(now))
            return
        following = timer.time_after(max(now, timer.next_at))
        # The stored time may be long ago, and one after it within the grace.
        owed = timer.time_after(max(timer.next_at - 1, now - GRACE_MS))
        if owed is None or owed > now:
            if self._move_on(timer, following):
                said.warning("a timer was not fired: its time passed while no server ran")
        elif timer.running:
            if self._move_on(timer, following):
                said.warning(f"a timer was not fired: its build {timer.running} has not finished")
        elif timer.only_changes and self._unchanged(timer):
            if self._move_on(timer, following):
                said.info("a timer was not fired: nothing was committed since the last build")
        elif not self._closing:
            # A repository that was cut off has not told anything: the timer stays due.
            self._fire(timer, following, said)

    def _fire(self, timer: DueTimer, following: int | None, said: Any) -> None:
        def take(session: Session, run: Run) -> None:
            if not move_on(session, timer, following, run.id):
                raise _TakenError

        try:
            with self._database.read() as session:
                user = principal_of(session, timer.tenant_id, timer.user_id)
            self._builds.execute(user, timer.task_id, RunChoices(), trigger=TIMER, accepted=take)
        except _TakenError:
            return
        except (NotFound, Conflict):
            # Deleted or disabled since it was read.
            self._move_on(timer, following)
        except Unavailable as error:
            if self._move_on(timer, following):
                said.warning("a timer was not fired and waits for its next time", reason=str(error))
        except Forbidden as error:
            self._stop(timer, f"{error}")
        except BottegaError as error:
            if self._fail(timer, following, str(error)):
                said.warning("a timer was not fired: the build was refused", reason=str(error))

    def _unchanged(self, timer: DueTimer) -> bool:
        chosen = code.branch_of(timer.definition)
        if chosen is None:
            return False
        with self._database.read() as session:
            commit = code.last_commit(session, timer.task_id, chosen)
        return commit != "" and code.unchanged(self._looking, chosen, commit)

    def _move_on(self, timer: DueTimer, next_at: int | None) -> bool:
        with self._database.write() as session:
            return move_on(session, timer, next_at)

    def _fail(self, timer: DueTimer, next_at: int | None, reason: str) -> bool:
        with self._database.write() as session:
            row = session.scalar(select(TaskTimer).where(timer.as_read()).with_for_update())
            if row is None or not move_on(session, timer, next_at):
                return False
            self._count(session, row, failed=True, why=reason)
            return True

    def _stop(self, timer: DueTimer, reason: str) -> None:
        with self._database.write() as session:
            row = session.scalar(select(TaskTimer).where(timer.as_read()).with_for_update())
            task = session.get(BuildTask, timer.task_id)
            if row is None or task is None:
                return
            stop(session, row, task, reason, self._clock())
        log.warning("a timer was stopped", task_id=timer.task_id, task_name=timer.task_name, reason=reason)

    def _count_ended(self) -> None:
        """Runs of timers that have come to their end; a run that was purged counts for nothing."""
        query = (
            select(TaskTimer.task_id, TaskTimer.run_id, Run.state)
            .outerjoin(Run, Run.id == TaskTimer.run_id)
            .where(TaskTimer.run_id.is_not(None), or_(Run.state.in_(FINAL), Run.id.is_(None)))
            .limit(ENDED_AT_ONCE)
        )
        with self._database.read() as session:
            ended = session.execute(query).all()
        for task_id, run_id, state in ended:
            with self._database.write() as session:
                mine = (TaskTimer.task_id == task_id, TaskTimer.run_id == run_id)
                row = session.scalar(select(TaskTimer).where(*mine).with_for_update())
                if row is None:
                    continue
                row.run_id = None
                # A run that somebody stopped says nothing about the ones before it.
                if state in CONCLUSIVE:
                    self._count(session, row, failed=state != RunState.SUCCESS)

    def _count(self, session: Session, row: TaskTimer, *, failed: bool, why: str = "") -> None:
        row.failures = row.failures + 1 if failed else 0
        task = session.get(BuildTask, row.task_id)
        if row.failures < MAX_FAILURES or row.stopped_at is not None or task is None:
            return
        reason = f"{row.failures} timer runs in a row failed; save the task to start its timers again"
        stop(session, row, task, f"{reason}: {why}" if why else reason, self._clock())
        log.warning("a timer was stopped", task_id=task.id, task_name=task.name, reason=reason)
