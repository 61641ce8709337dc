"""Building what has moved since it was seen last, unless the message of its commit says otherwise."""

from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy.orm import Session

from bottega.build.branch import BRANCH
from bottega.build.hooks import questions
from bottega.build.hooks.deciding import SKIP, commit_of
from bottega.build.hooks.handling import TRIGGER
from bottega.build.hooks.receiving import OnNews
from bottega.build.hooks.saver import last_saver
from bottega.build.hooks.tables import NO_BRANCH, Watch
from bottega.build.looking import Looking
from bottega.build.service import BuildService
from bottega.build.tables import BuildTask
from bottega.errors import BottegaError, Conflict, NotFound, Unavailable
from bottega.runs.tables import Run
from bottega.scm.news import BranchMoved

SKIPPED = "the message of the newest commit says [skip ci]"

log = structlog.get_logger(__name__)


class _TakenError(Exception):
    """Another replica has built this commit, or the task was saved meanwhile."""


class Moved:
    """Compares what a repository has answered with what its watches have seen."""

    def __init__(self, builds: BuildService, looking: Looking) -> None:
        self._builds = builds
        self._database = builds.database
        self._looking = looking
        self.on_news: list[OnNews] = []

    def follow(self, url: str, watches: Sequence[Watch], branches: Mapping[str, str]) -> None:
        """Build what has moved for the tasks of one repository; each commit is asked for its message once."""
        said: dict[str, tuple[str, str]] = {}
        for watch in watches:
            head = branches.get(watch.branch, NO_BRANCH)
            if head == watch.commit_id:
                continue
            if not watch.commit_id or head == NO_BRANCH:
                self._move(watch, head)
                continue
            if watch.branch not in said:
                said[watch.branch] = self._said(url, watch.branch, head)
            head, message = said[watch.branch]
            if SKIP.search(message):
                self._move(watch, head, SKIPPED)
            else:
                self._pass_on(watch, head)
                self._fire(watch, head)

    def _said(self, url: str, branch: str, head: str) -> tuple[str, str]:
        """The newest commit of a branch and its message; ``head`` and no message where it cannot be had."""
        try:
            return self._looking.message(url, BRANCH, branch, "scms[0].url")
        except BottegaError as error:
            # A build too many is seen, one too few is not.
            log.info("the message of a commit cannot be read", reason=str(error))
            return head, ""

    def _pass_on(self, watch: Watch, head: str) -> None:
        news = BranchMoved(urls=[watch.url], branch=watch.branch, commit=head)
        # Before the watch moves on: what is passed on twice is recognised, what is not passed on would be lost.
        with self._database.write() as session:
            task = session.get(BuildTask, watch.task_id)
            if task is not None:
                for tell in self.on_news:
                    tell(session, watch.tenant_id, task.project_id, news)

    def _move(self, watch: Watch, head: str, error: str = "") -> None:
        with self._database.write() as session:
            questions.move(session, watch, head, error)

    def _fire(self, watch: Watch, head: str) -> None:
        def take(session: Session, _run: Run) -> None:
            if not questions.move(session, watch, head):
                raise _TakenError

        said = log.bind(task_id=watch.task_id)
        try:
            with self._database.read() as session:
                user = last_saver(session, session.get_one(BuildTask, watch.task_id))
            self._builds.execute(
                user, watch.task_id, commit_of(watch.branch, head), trigger=TRIGGER, accepted=take
            )
        except _TakenError:
            return
        except (NotFound, Conflict):
            # Deleted or disabled since it was read.
            return
        except Unavailable as error:
            with self._database.write() as session:
                questions.complain(session, watch, str(error))
            said.warning("a commit waits for its build", reason=str(error))
        except BottegaError as error:
            # The same would be refused again at every look.
            self._move(watch, head, str(error))
            said.warning("a commit is not built", reason=str(error))
