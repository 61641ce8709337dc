"""Asking remote repositories where they are, from time to time: a few at once, each by one replica."""

import random
import time
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Protocol

import msgspec
import structlog
from sqlalchemy.exc import OperationalError

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

log = structlog.get_logger(__name__)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A repository that is due. What has the same key is served by one question."""

    url_key: str
    url: str
    host: str


class Source(Protocol):
    """Whose repositories are looked at. Times are epoch milliseconds."""

    def prepare(self) -> None:
        """Called before each scan."""
        ...

    def due(
        self, now: int, *, host: str | None = None, busy: Collection[str] = (), limit: int = 0
    ) -> list[Question]:
        """What is due, the longest due first: at ``host``, or anywhere but at ``busy`` ones. Files have the host ""."""
        ...

    def claim(self, question: Question, now: int) -> bool:
        """Have the question to oneself for a while; False when another replica has it."""
        ...

    def ask(self, question: Question) -> RemoteRefs:
        """The answer. Raises :class:`BottegaError`."""
        ...

    def answered(self, question: Question, refs: RemoteRefs, now: int, next_at: int) -> None:
        """Do what follows from the answer; the repository is asked again at ``next_at``."""
        ...

    def failed(self, question: Question, error: str, next_at: Callable[[int], int]) -> None:
        """There is no answer; ``next_at`` tells when to ask again after so many failures in a row."""
        ...


class Rounds:
    """Asks what the ``sources`` have, each every ``seconds``; 0 asks nothing. ``clock`` tells epoch milliseconds."""

    def __init__(self, seconds: float, clock: Callable[[], int] = epoch_ms) -> None:
        self.sources: list[Source] = []
        self._seconds = seconds
        self._clock = clock
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="polling")
        self._asked: dict[Future[None], str] = {}
        self._closing = False

    def scan(self) -> None:
        """Ask what is due, in threads, as far as there are free ones."""
        if not self._seconds:
            return
        for source in self.sources:
            source.prepare()
        self._asked = {asked: host for asked, host in self._asked.items() if not asked.done()}
        hosts = Counter(self._asked.values())
        busy = [host for host, count in hosts.items() if count >= PER_HOST]
        now = self._clock()
        due = [(source, question) for source in self.sources for question in source.due(now, busy=busy)]
        # Replicas that went through them in one order would meet at every single one.
        random.shuffle(due)
        for source, question in due:
            if len(self._asked) >= THREADS:
                return
            if hosts[question.host] < PER_HOST and source.claim(question, now):
                hosts[question.host] += 1
                self._asked[self._threads.submit(self._work, source, question)] = question.host

    def wait(self) -> None:
        """Return when no repository is being asked any more."""
        wait(self._asked)

    def stop(self) -> None:
        """Begin nothing more: whatever fails from now on was cut off."""
        self._closing = True

    def close(self) -> None:
        """Wait for what is being asked, which the caller has ended."""
        self.stop()
        self._threads.shutdown(cancel_futures=True)

    def _work(self, source: Source, question: Question) -> None:
        """Ask, and go on with other repositories of that host; not for ever, for the sake of other hosts."""
        until = time.monotonic() + TURN_SECONDS
        following: tuple[Source, Question] | None = (source, question)
        while following is not None and not self._closing:
            self._ask(*following)
            following = None if time.monotonic() > until else self._next(question.host)

    def _next(self, host: str) -> tuple[Source, Question] | None:
        now = self._clock()
        try:
            due = [
                (source, one)
                for source in self.sources
                for one in source.due(now, host=host, limit=2 * PER_HOST)
            ]
            random.shuffle(due)
            return next(((source, one) for source, one in due if source.claim(one, now)), None)
        except (OperationalError, DatabaseClosed):
            # The next scan will see.
            return None

    def _ask(self, source: Source, question: Question) -> None:
        try:
            refs = source.ask(question)
        except BottegaError as error:
            # One that was cut off has not failed.
            if not self._closing:
                source.failed(question, str(error), self._after)
                log.info("a repository could not be looked at", host=question.host, reason=str(error))
            return
        except DatabaseClosed:
            return
        except Exception:
            # Its claim runs out, and it is asked again; so below.
            log.exception("a repository could not be asked", host=question.host)
            return
        try:
            now = self._clock()
            source.answered(question, refs, now, now + _pause_ms(self._seconds))
        except DatabaseClosed:
            return
        except Exception:
            log.exception("an answer could not be used", host=question.host)

    def _after(self, failures: int) -> int:
        pause = min(MAX_PAUSE_SECONDS, self._seconds * 2 ** min(failures, 12))
        return self._clock() + _pause_ms(pause)


def _pause_ms(seconds: float) -> int:
    return int(seconds * 1000 * random.uniform(1 - SPREAD, 1 + SPREAD))  # noqa: S311 - spreads load
