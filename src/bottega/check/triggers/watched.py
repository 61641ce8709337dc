"""Looking at the repositories of check tasks that want to be checked on pushes, and that no webhook tells of.

Asked along with those of build tasks, within the same limits (:mod:`bottega.polling`).
"""

from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager

import structlog
from sqlalchemy import ColumnElement, select, update
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

BATCH = 200
CLAIM_MS = 120_000
"""Longer than a question may last: until then no other replica asks the same."""
AT_ONCE = 100
_BRANCH = "branch"

log = structlog.get_logger(__name__)


class WatchedChecks:
    """Check tasks, as :mod:`bottega.polling` asks for them. Times are epoch milliseconds."""

    def __init__(self, database: Database, secrets: SecretBox, looking: Looks) -> None:
        self._database = database
        self._secrets = secrets
        self._looking = looking

    def prepare(self) -> None:
        """Find out what is to be looked at for tasks that were saved by a version that did not look."""
        with self._database.read() as session:
            query = select(CheckWatch.task_id).where(CheckWatch.url_key == "").limit(AT_ONCE)
            found = session.scalars(query).all()
        for task_id in found:
            with self._database.write() as session:
                root = session.get(CheckTask, task_id, with_for_update=True)
                if root is not None:
                    watching.saved(session, root)

    def due(
        self, now: int, *, host: str | None = None, busy: Collection[str] = (), limit: int = 0
    ) -> list[Question]:
        query = (
            select(CheckWatch.url_key, CheckWatch.url, CheckWatch.host)
            .join(CheckTask, CheckTask.id == CheckWatch.task_id)
            .where(CheckWatch.next_at <= now, CheckWatch.url_key != "", CheckTask.deleted_at.is_(None))
            .where(CheckWatch.host.not_in(busy) if host is None else CheckWatch.host == host)
            .order_by(CheckWatch.next_at, CheckWatch.task_id)
            .limit(limit or BATCH)
        )
        with self._database.read() as session:
            rows = session.execute(query).all()
        found = {key: Question(url_key=key, url=url, host=where) for key, url, where in reversed(rows)}
        return list(reversed(found.values()))

    def claim(self, question: Question, now: int) -> bool:
        with self._database.write() as session:
            due = (CheckWatch.url_key == question.url_key, CheckWatch.next_at <= now)
            free = select(CheckWatch.task_id).where(*due).with_for_update(skip_locked=True)
            where = CheckWatch.task_id.in_(session.scalars(free).all())
            taken = update(CheckWatch).where(where).values(next_at=now + CLAIM_MS)
            return bool(session.execute(taken.returning(CheckWatch.task_id)).all())

    def ask(self, question: Question) -> RemoteRefs:
        with self._reached(question) as options:
            return list_refs(
                question.url,
                options.policy,
                timeout=options.fetch_seconds,
                options=options,
                start=self._looking.start,
            )

    def answered(self, question: Question, refs: RemoteRefs, now: int, next_at: int) -> None:
        skips: dict[str, bool] = {}
        for task_id in self._families(question):
            moved = self._moved(task_id, question, refs)
            for branch in moved.keys() - skips.keys():
                skips[branch] = self._says_skip(question, branch)
            with self._database.write() as session:
                self._note(session, task_id, question, refs, {one for one in moved if not skips[one]})
        self._change(question, {"next_at": next_at, "looked_at": now, "failures": 0, "error": ""})

    def failed(self, question: Question, error: str, next_at: Callable[[int], int]) -> None:
        with self._database.read() as session:
            query = select(CheckWatch.failures).where(CheckWatch.url_key == question.url_key)
            failures = max(session.scalars(query), default=0) + 1
        self._change(question, {"next_at": next_at(failures), "failures": failures, "error": error})

    def _families(self, question: Question) -> list[str]:
        """Ids of the families that the answer is for."""
        query = (
            select(CheckWatch.task_id)
            .join(CheckTask, CheckTask.id == CheckWatch.task_id)
            .where(CheckWatch.url_key == question.url_key, CheckTask.deleted_at.is_(None))
            .order_by(CheckWatch.task_id)
        )
        with self._database.read() as session:
            return list(session.scalars(query))

    def _moved(self, task_id: str, question: Question, refs: RemoteRefs) -> dict[str, str]:
        """Heads of the family's branches that are not where they were seen."""
        with self._database.read() as session:
            watch = session.get(CheckWatch, task_id)
            if watch is None or watch.url_key != question.url_key:
                return {}
            return _moved(watch, _branches(session, task_id), refs)

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
        watch.heads = {branch: refs.branches.get(branch, NO_BRANCH) for branch in sorted(branches)}

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

    def _change(self, question: Question, values: dict[str, object]) -> None:
        with self._database.write() as session:
            mine: ColumnElement[bool] = CheckWatch.url_key == question.url_key
            free = select(CheckWatch.task_id).where(mine).with_for_update(skip_locked=True)
            where = CheckWatch.task_id.in_(session.scalars(free).all())
            session.execute(update(CheckWatch).where(where).values(values))


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
