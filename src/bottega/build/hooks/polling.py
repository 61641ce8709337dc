"""Looking at the repositories of tasks that no webhook tells of. Each is asked by one replica, for all of its tasks."""

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bottega.build.hooks import questions, watching
from bottega.build.hooks.moved import Moved
from bottega.build.hooks.questions import Question
from bottega.build.hooks.tables import Watch
from bottega.build.looking import Looking
from bottega.build.service import BuildService
from bottega.build.tables import BuildTask
from bottega.clock import epoch_ms
from bottega.errors import BottegaError
from bottega.scm.remote import RemoteRefs
from bottega.store.database import DatabaseClosed

THREADS = 8
PER_HOST = 2
"""Questions to one host at a time: a host that does not answer holds up nobody but itself."""

TURN_SECONDS = 20.0
SPREAD = 0.1
MAX_PAUSE_SECONDS = 900.0
"""Between two questions to a repository that does not answer."""

AT_ONCE = 100

log = structlog.get_logger(__name__)


class Polling:
    """Asks repositories every ``seconds``; 0 asks none. ``clock`` tells the time in epoch milliseconds."""

    def __init__(
        self,
        builds: BuildService,
        git: Mapping[str, Any],
        seconds: float,
        clock: Callable[[], int] = epoch_ms,
    ) -> None:
        """``git``: URL policy and credentials, as agents are told them."""
        self._builds = builds
        self._database = builds.database
        self._seconds = seconds
        self._clock = clock
        self._looking = Looking(git, "polling")
        self._moved = Moved(builds, self._looking)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="polling")
        self._asked: dict[Future[None], str] = {}
        self._closing = False
        self.on_news = self._moved.on_news

    def scan(self) -> None:
        """Ask what is due, in threads, as far as there are free ones."""
        if not self._seconds:
            return
        self._complete()
        self._asked = {asked: host for asked, host in self._asked.items() if not asked.done()}
        hosts = Counter(self._asked.values())
        busy = [host for host, count in hosts.items() if count >= PER_HOST]
        now = self._clock()
        with self._database.read() as session:
            due = questions.due(session, now, Watch.host.not_in(busy))
        # Replicas that went through them in one order would meet at every single one.
        random.shuffle(due)
        for question in due:
            if len(self._asked) >= THREADS:
                return
            if hosts[question.host] < PER_HOST and self._claim(question, now):
                hosts[question.host] += 1
                self._asked[self._threads.submit(self._work, question)] = question.host

    def wait(self) -> None:
        """Return when no repository is being asked any more."""
        wait(self._asked)

    def close(self) -> None:
        """End what is being asked."""
        self._closing = True
        self._looking.close()
        self._threads.shutdown(cancel_futures=True)

    def _complete(self) -> None:
        """Find out what is to be looked at for tasks that were saved by a version that did not look."""
        with self._database.read() as session:
            found = session.scalars(select(Watch.task_id).where(Watch.url_key == "").limit(AT_ONCE)).all()
        for task_id in found:
            with self._database.write() as session:
                task = session.get(BuildTask, task_id, with_for_update=True)
                if task is None:
                    watching.forget_task(session, task_id)
                else:
                    watching.saved(session, task)

    def _claim(self, question: Question, now: int) -> bool:
        with self._database.write() as session:
            return questions.claim(session, question, now)

    def _work(self, question: Question) -> None:
        """Ask, and go on with other repositories of that host; not for ever, for the sake of other hosts."""
        until = time.monotonic() + TURN_SECONDS
        following: Question | None = question
        while following is not None and not self._closing:
            self._ask(following)
            following = None if time.monotonic() > until else self._next(question.host)

    def _next(self, host: str) -> Question | None:
        now = self._clock()
        try:
            with self._database.read() as session:
                due = questions.due(session, now, Watch.host == host, 2 * PER_HOST)
            random.shuffle(due)
            return next((one for one in due if self._claim(one, now)), None)
        except (OperationalError, DatabaseClosed):
            # The next scan will see.
            return None

    def _ask(self, question: Question) -> None:
        try:
            refs = self._looking.refs(question.url, "scms[0].url")
        except BottegaError as error:
            # One that was cut off has not failed.
            if not self._closing:
                self._failed(question, str(error))
            return
        except DatabaseClosed:
            return
        except Exception:
            # Its claim runs out, and it is asked again; so below.
            log.exception("a repository could not be asked", host=question.host)
            return
        try:
            self._compare(question, refs)
        except DatabaseClosed:
            return
        except Exception:
            log.exception("an answer could not be used", host=question.host)

    def _compare(self, question: Question, refs: RemoteRefs) -> None:
        now = self._clock()
        with self._database.write() as session:
            questions.answered(session, question, now, now + self._pause_ms(self._seconds))
        with self._database.read() as session:
            watches = questions.watches_of(session, question)
        self._moved.follow(question.url, watches, refs)

    def _failed(self, question: Question, error: str) -> None:
        with self._database.write() as session:
            watches = questions.watches_of(session, question)
            failures = max((watch.failures for watch in watches), default=0) + 1
            pause = min(MAX_PAUSE_SECONDS, self._seconds * 2 ** min(failures, 12))
            next_at = self._clock() + self._pause_ms(pause)
            questions.failed(session, question, failures, error, next_at)
        log.info("a repository could not be looked at", host=question.host, reason=error)

    @staticmethod
    def _pause_ms(seconds: float) -> int:
        return int(seconds * 1000 * random.uniform(1 - SPREAD, 1 + SPREAD))  # noqa: S311 - spreads load
