"""Building what has moved since it was seen last, unless the message of its commit says otherwise."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec
import structlog
from sqlalchemy.orm import Session

from bottega.build.branch import BRANCH, TAG
from bottega.build.compile import RunChoices
from bottega.build.hooks import seen
from bottega.build.hooks.deciding import commit_of, tag_of
from bottega.build.hooks.receiving import OnNews
from bottega.build.hooks.saver import last_saver
from bottega.build.hooks.tables import NO_BRANCH, Watch
from bottega.build.looking import Looking
from bottega.build.service import BuildService
from bottega.build.tables import BuildTask
from bottega.errors import BottegaError, Conflict, NotFound, Unavailable
from bottega.runs.tables import Run
from bottega.runs.triggers import PUSH
from bottega.scm.news import SKIP, BranchMoved
from bottega.scm.remote import RemoteRefs

SKIPPED = "the message of the newest commit says [skip ci]"
MAX_TAGS = 10_000
TAGS_AT_ONCE = 10
"""New tags that one look builds; the next look goes on with the others."""

log = structlog.get_logger(__name__)


class _TakenError(Exception):
    """Another replica has built this commit, or the task was saved meanwhile."""


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a watch is once something was built: ``tags`` is None for a branch."""

    commit: str
    tags: Mapping[str, str] | None = None


class _Answer:
    """What one repository has answered; the message of each commit is asked for once, for all its tasks."""

    def __init__(self, looking: Looking, url: str, refs: RemoteRefs) -> None:
        self._looking = looking
        self._url = url
        self._said: dict[tuple[str, str], tuple[str, str] | None] = {}
        self.refs = refs

    def newest(self, kind: str, name: str, commit: str) -> tuple[str, str] | None:
        """The commit at a branch or tag and its message; ``commit`` and no message where it cannot be had.

        None when the server is being stopped.
        """
        if (kind, name) not in self._said:
            self._said[kind, name] = self._ask(kind, name, commit)
        return self._said[kind, name]

    def _ask(self, kind: str, name: str, commit: str) -> tuple[str, str] | None:
        try:
            return self._looking.message(self._url, kind, name, "scms[0].url")
        except BottegaError as error:
            if self._looking.closed:
                return None
            # A build too many is seen, one too few is not.
            log.info("the message of a commit cannot be read", reason=str(error))
            return commit, ""


class Moved:
    """Compares what a repository has answered with what its watches have seen."""

    def __init__(self, builds: BuildService, looking: Looking) -> None:
        self._builds = builds
        self._database = builds.database
        self._looking = looking
        self.on_news: list[OnNews] = []

    def follow(self, url: str, watches: Sequence[Watch], refs: RemoteRefs) -> None:
        """Build what has moved for the tasks of one repository."""
        answer = _Answer(self._looking, url, refs)
        for watch in watches:
            if watch.kind == TAG:
                self._follow_tags(watch, answer)
            else:
                self._follow_branch(watch, answer)

    def _follow_branch(self, watch: Watch, answer: _Answer) -> None:
        head = answer.refs.branches.get(watch.branch, NO_BRANCH)
        if head == watch.commit_id:
            return
        if not watch.commit_id or head == NO_BRANCH:
            self._move(watch, _Place(commit=head))
            return
        newest = answer.newest(BRANCH, watch.branch, head)
        if newest is None:
            return
        commit, message = newest
        if not SKIP.search(message):
            self._pass_on(watch, commit)
        self._build(watch, commit_of(watch.branch, commit), message, _Place(commit=commit))

    def _pass_on(self, watch: Watch, head: str) -> None:
        news = BranchMoved(urls=[watch.url], branch=watch.branch, commit=head)
        # Before the watch moves on: what is passed on twice is recognised, what is not passed on would be lost.
        with self._database.write() as session:
            task = session.get(BuildTask, watch.task_id)
            if task is not None:
                for tell in self.on_news:
                    tell(session, watch.tenant_id, task.project_id, news)

    def _follow_tags(self, watch: Watch, answer: _Answer) -> None:
        tags = answer.refs.tags
        if len(tags) > MAX_TAGS:
            with self._database.write() as session:
                seen.complain(session, watch, f"has {len(tags)} tags, {MAX_TAGS} can be looked after")
            return
        if watch.commit_id == _digest(tags):
            return
        if not watch.commit_id:
            self._move(watch, _Place(commit=_digest(tags), tags=tags))
            return
        with self._database.read() as session:
            known = seen.tags_of(session, watch)
        if known is None:
            return
        there = {name: commit for name, commit in known.items() if name in tags}
        if there != known and not self._move(watch, _Place(commit=_digest(there), tags=there)):
            return
        new = sorted(name for name, commit in tags.items() if there.get(name) != commit)
        for name in new[:TAGS_AT_ONCE]:
            there[name] = tags[name]
            newest = answer.newest(TAG, name, tags[name])
            place = _Place(commit=_digest(there), tags=there)
            if newest is None or not self._build(watch, tag_of(name), newest[1], place):
                return

    def _build(self, watch: Watch, choices: RunChoices, message: str, place: _Place) -> bool:
        """Whether the watch has moved on: by a build, or for good without one."""
        if SKIP.search(message):
            return self._move(watch, place, SKIPPED)

        def take(session: Session, _run: Run) -> None:
            if not seen.move(session, watch, place.commit, tags=place.tags):
                raise _TakenError

        said = log.bind(task_id=watch.task_id)
        try:
            with self._database.read() as session:
                user = last_saver(session, session.get_one(BuildTask, watch.task_id))
            self._builds.execute(user, watch.task_id, choices, trigger=PUSH, accepted=take)
        except (_TakenError, NotFound, Conflict):
            # Deleted or disabled since it was read, if nobody else was quicker.
            return False
        except Unavailable as error:
            with self._database.write() as session:
                seen.complain(session, watch, str(error))
            said.warning("a commit waits for its build", reason=str(error))
            return False
        except BottegaError as error:
            # The same would be refused again at every look.
            said.warning("a commit is not built", reason=str(error))
            return self._move(watch, place, str(error))
        watch.commit_id = place.commit
        return True

    def _move(self, watch: Watch, place: _Place, error: str = "") -> bool:
        with self._database.write() as session:
            moved = seen.move(session, watch, place.commit, error, place.tags)
        if moved:
            watch.commit_id = place.commit
        return moved


def _digest(tags: Mapping[str, str]) -> str:
    return sha256(msgspec.json.encode(sorted(tags.items()))).hexdigest()
