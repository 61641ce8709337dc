"""Looking at the repositories of tasks that no webhook tells of. Each is asked by one replica, for all of its tasks."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import select

from bottega.build.hooks import questions, watching
from bottega.build.hooks.moved import Moved
from bottega.build.hooks.tables import Watch
from bottega.build.looking import Looking
from bottega.build.service import BuildService
from bottega.build.tables import BuildTask
from bottega.clock import epoch_ms
from bottega.polling import Question, Rounds
from bottega.scm.remote import RemoteRefs
from bottega.store.database import Database

AT_ONCE = 100


class Polling(Rounds):
    """Asks repositories every ``seconds``; 0 asks none. ``clock`` tells the time in epoch milliseconds.

    Others may have theirs asked along, within the same limits: they are added to ``sources``.
    """

    def __init__(
        self,
        builds: BuildService,
        git: Mapping[str, Any],
        seconds: float,
        clock: Callable[[], int] = epoch_ms,
    ) -> None:
        """``git``: URL policy and credentials, as agents are told them."""
        super().__init__(seconds, clock)
        self.looking = Looking(git, "polling")
        moved = Moved(builds, self.looking)
        self.on_news = moved.on_news
        self.sources.append(_WatchedTasks(builds.database, self.looking, moved))

    def close(self) -> None:
        """End what is being asked."""
        self.stop()
        self.looking.close()
        super().close()


class _WatchedTasks:
    """Build tasks, as :mod:`bottega.polling` asks for them."""

    def __init__(self, database: Database, looking: Looking, moved: Moved) -> None:
        self._database = database
        self._looking = looking
        self._moved = moved

    def prepare(self) -> None:
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

    def due(
        self, now: int, *, host: str | None = None, busy: Collection[str] = (), limit: int = 0
    ) -> list[Question]:
        where = Watch.host.not_in(busy) if host is None else Watch.host == host
        with self._database.read() as session:
            return questions.due(session, now, where, limit or questions.BATCH)

    def claim(self, question: Question, now: int) -> bool:
        with self._database.write() as session:
            return questions.claim(session, question, now)

    def ask(self, question: Question) -> RemoteRefs:
        return self._looking.refs(question.url, "scms[0].url")

    def answered(self, question: Question, refs: RemoteRefs, now: int, next_at: int) -> None:
        with self._database.write() as session:
            questions.answered(session, question, now, next_at)
        with self._database.read() as session:
            watches = questions.watches_of(session, question)
        self._moved.follow(question.url, watches, refs)

    def failed(self, question: Question, error: str, next_at: Callable[[int], int]) -> None:
        with self._database.write() as session:
            watches = questions.watches_of(session, question)
            failures = max((watch.failures for watch in watches), default=0) + 1
            questions.failed(session, question, failures, error, next_at(failures))
