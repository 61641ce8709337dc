"""Looking at the repositories of tasks that no webhook tells of. Each is asked by one replica, for all of its tasks."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, exists
from sqlalchemy.orm import Session

from bottega.build.hooks import watching
from bottega.build.hooks.moved import Moved
from bottega.build.hooks.tables import Hook, Watch
from bottega.build.looking import Looking
from bottega.build.service import BuildService
from bottega.build.tables import BuildTask
from bottega.clock import epoch_ms
from bottega.polling import Question, Rounds
from bottega.scm.remote import RemoteRefs
from bottega.store.database import Database
from bottega.watches import Watches


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


class _WatchedTasks(Watches[Watch]):
    """Build tasks, as :mod:`bottega.polling` asks for them."""

    def __init__(self, database: Database, looking: Looking, moved: Moved) -> None:
        super().__init__(database, Watch, Watch.task_id, _is_watched())
        self._looking = looking
        self._moved = moved

    def _complete(self, session: Session, key: str) -> None:
        task = session.get(BuildTask, key, with_for_update=True)
        if task is None:
            watching.forget_task(session, key)
        else:
            watching.saved(session, task)

    def ask(self, question: Question) -> RemoteRefs:
        return self._looking.refs(question.url, "scms[0].url")

    def answered(self, question: Question, refs: RemoteRefs, now: int, next_at: int) -> None:
        self._answered(question, now, next_at)
        with self._database.read() as session:
            watches = self._of(session, question)
        self._moved.follow(question.url, watches, refs)


def _is_watched() -> ColumnElement[bool]:
    """The condition that the task of a watch can be built, and that no webhook has ever told of its repository."""
    alive = exists().where(
        BuildTask.id == Watch.task_id, BuildTask.deleted_at.is_(None), BuildTask.disabled_at.is_(None)
    )
    hooked = exists().where(Hook.task_id == Watch.task_id, Hook.last_delivery_at.is_not(None))
    return and_(alive, ~hooked)
