"""Looking at the repositories of check tasks that want to be checked on pushes, and that no webhook tells of.

Asked along with those of build tasks, within the same limits (:mod:`bottega.polling`).
"""

from collections.abc import Collection, Generator
from contextlib import contextmanager

import structlog
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from bottega.check.tasks import credentials, families
from bottega.check.tasks.code import FIELD, Looks, opened
from bottega.check.tasks.tables import CheckTask
from bottega.check.triggers import watching
from bottega.check.triggers.inbox import remember
from bottega.check.triggers.tables import NO_BRANCH, CheckWatch
from bottega.errors import BottegaError
from bottega.polling import Question
from bottega.scm.news import SKIP, BranchMoved
from bottega.scm.options import GitOptions
from bottega.scm.remote import RemoteRefs, list_refs
from bottega.scm.snapshot import open_snapshot
from bottega.scm.wanted import Wanted
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from bottega.watches import Watches

_BRANCH = "branch"

log = structlog.get_logger(__name__)


class WatchedChecks(Watches[CheckWatch]):
    """Check tasks, as :mod:`bottega.polling` asks for them."""

    def __init__(self, database: Database, secrets: SecretBox, looking: Looks) -> None:
        alive = exists().where(CheckTask.id == CheckWatch.task_id, CheckTask.deleted_at.is_(None))
        super().__init__(database, CheckWatch, CheckWatch.task_id, alive)
        self._secrets = secrets
        self._looking = looking

    def _complete(self, session: Session, key: str) -> None:
        root = session.get(CheckTask, key, with_for_update=True)
        if root is not None:
            watching.saved(session, root)

    def ask(self, question: Question) -> RemoteRefs:
        with self._reached(question) as options:
            return list_refs(question.url, options, self._looking.start)

    def answered(self, question: Question, refs: RemoteRefs, now: int, next_at: int) -> None:
        moved: dict[str, set[str]] = {}
        with self._database.read() as session:
            for watch in self._of(session, question):
                branches = _branches(session, watch.task_id)
                # Most of the time nothing has happened, and nothing is written.
                if watch.heads != _heads(branches, refs):
                    moved[watch.task_id] = set(_moved(watch, branches, refs))
        skips = {one for one in set[str]().union(*moved.values()) if self._says_skip(question, one)}
        if self._looking.closed:
            # What was cut off has said nothing: the claim runs out, and the repository is asked again.
            return
        for task_id, branches in moved.items():
            with self._database.write() as session:
                self._note(session, task_id, question, refs, branches - skips)
        self._answered(question, now, next_at)

    def _says_skip(self, question: Question, branch: str) -> bool:
        try:
            with (
                self._reached(question) as options,
                open_snapshot(
                    question.url, Wanted(_BRANCH, branch), options, self._looking.start, only_commit=True
                ) as snapshot,
            ):
                return bool(SKIP.search(snapshot.message()))
        except BottegaError as error:
            # A check too many is seen, one too few is not.
            log.info("the message of a commit cannot be read", branch=branch, reason=str(error))
            return False

    def _note(
        self,
        session: Session,
        task_id: str,
        question: Question,
        refs: RemoteRefs,
        wanted: Collection[str],
    ) -> None:
        """Have the branches checked that have moved, unless another replica has, and note where all are now."""
        root = session.get(CheckTask, task_id, with_for_update=True)
        watch = session.get(CheckWatch, task_id, with_for_update=True)
        if root is None or root.deleted_at is not None:
            return
        if watch is None or watch.url_key != question.url_key:
            return
        branches = _branches(session, task_id)
        for branch, head in _moved(watch, branches, refs).items():
            if branch in wanted:
                news = BranchMoved(urls=[question.url], branch=branch, commit=head)
                remember(session, root, f"push {branch}", news)
        watch.heads = _heads(branches, refs)

    @contextmanager
    def _reached(self, question: Question) -> Generator[GitOptions]:
        """How the repository is reached: with the family's own credentials before those of the server."""
        with self._database.read() as session:
            query = select(CheckWatch.task_id).where(CheckWatch.url_key == question.url_key)
            task_id = session.scalars(query.order_by(CheckWatch.task_id).limit(1)).one_or_none()
            root = None if task_id is None else session.get(CheckTask, task_id)
            own = None if root is None else credentials.of_task(session, self._secrets, root)
        with self._looking.at(question.url, FIELD) as options:
            yield opened(options, question.url, own)


def _branches(session: Session, root_id: str) -> set[str]:
    """Those that the family checks."""
    query = select(CheckTask.branch).where(
        (CheckTask.id == root_id) | (CheckTask.parent_id == root_id),
        CheckTask.kind == families.BRANCH,
        CheckTask.deleted_at.is_(None),
    )
    return set(session.scalars(query))


def _moved(watch: CheckWatch, branches: Collection[str], refs: RemoteRefs) -> dict[str, str]:
    return {
        branch: refs.branches[branch]
        for branch in sorted(branches)
        if branch in refs.branches and watch.heads.get(branch) not in {None, refs.branches[branch]}
    }


def _heads(branches: Collection[str], refs: RemoteRefs) -> dict[str, str]:
    return {branch: refs.branches.get(branch, NO_BRANCH) for branch in sorted(branches)}
