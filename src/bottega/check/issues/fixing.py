"""Mending an issue: the whole file it is in, and a commit that puts another one in its place."""

import asyncio
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

import msgspec

from bottega.audit.events import AuditName
from bottega.check.access import Action
from bottega.check.identifiers import check_id
from bottega.check.issues.errors import UnknownIssue
from bottega.check.issues.service import task_of
from bottega.check.issues.tables import CheckIssue, CheckIssueEvent
from bottega.check.issues.transitions import may_become
from bottega.check.tasks import credentials, families
from bottega.check.tasks.code import FIELD, Looks, opened
from bottega.check.tasks.credentials import RepositoryCredentials
from bottega.check.tasks.noting import note
from bottega.check.tasks.tables import CheckTask
from bottega.clock import epoch_ms
from bottega.errors import Conflict, Invalid
from bottega.iam.principal import Principal
from bottega.iam.tables import User
from bottega.scm.amending import Amendment, push_amended
from bottega.scm.snapshot import Snapshot, open_snapshot
from bottega.scm.wanted import Wanted
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

MAX_BYTES = 1 << 20
MAX_MESSAGE = 2_000
SHOWN_WIDTH = 300
"""Characters after which the code around an issue may have been cut."""
KEPT_PART = 0.5


class WholeFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as its branch has it now, at ``commit``."""

    path: str
    commit: str
    text: str


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an issue is, and what opens the repository."""

    issue: CheckIssue
    url: str
    branch: str
    tag: bool
    opened_by: RepositoryCredentials | None
    author: tuple[str, str]


class IssueFixes:
    """Raises :class:`Invalid`, :class:`UnknownTask`, :class:`UnknownScan`, :class:`UnknownIssue`, :class:`Forbidden`,
    :class:`Unavailable`, and :class:`Conflict` for a repository that cannot be read, or a file that is no text of at
    most 1 MiB.
    """

    def __init__(self, database: Database, secrets: SecretBox, looking: Looks) -> None:
        self._database = database
        self._secrets = secrets
        self._looking = looking

    async def read(self, principal: Principal, task_id: str, issue_id: str, scan_id: str = "") -> WholeFile:
        """The file of an issue, opened with the credentials of the task or of the server."""
        place = await asyncio.to_thread(self._place, principal, task_id, issue_id, scan_id, Action.GET_REPORT)

        def look() -> WholeFile:
            with self._snapshot(place, own_only=False) as snapshot:
                return WholeFile(
                    path=place.issue.path, commit=snapshot.commit, text=_text(snapshot, place.issue.path)
                )

        return await self._looking.run(look)

    async def commit(  # noqa: PLR0917 - who mends what and how
        self,
        principal: Principal,
        task_id: str,
        issue_id: str,
        content: str,
        message: str,
        scan_id: str = "",
    ) -> str:
        """Put ``content`` in the place of the file of an issue, on its branch; returns the id of the commit.

        The code around the issue must be what the check saw, and most of the file must stay: what clients show as the
        code of an issue may be a part of it. Only credentials of the task itself are used: those of the server are for
        reading. The issue stays as it is until a check finds that it is fixed.
        """
        _check(content, message)
        place = await asyncio.to_thread(self._place, principal, task_id, issue_id, scan_id, Action.UPDATE)
        issue = place.issue
        if not may_become(issue.status):
            raise Conflict(f"issue {issue.id} was closed by a check: there is nothing to mend")
        if place.tag:
            raise Conflict("a tag is not changed: mend the branch it was made from")
        if place.opened_by is None:
            raise Conflict("the task has no access_token of its own, which the fix could be pushed with")
        shown = message or f"Fix {issue.rule} in {issue.path}"

        def push() -> str:
            with self._snapshot(place, own_only=True) as snapshot:
                before = _text(snapshot, issue.path)
                _require_same(issue, before)
                _require_whole(before, content)
                amendment = Amendment(issue.path, content.encode(), shown, place.author)
                return push_amended(snapshot, place.branch, amendment)

        commit = await self._looking.run(push)
        await asyncio.to_thread(self._happened, principal, issue, commit)
        return commit

    def _place(
        self, principal: Principal, task_id: str, issue_id: str, scan_id: str, action: Action
    ) -> _Place:
        with self._database.read() as session:
            task = task_of(session, principal, task_id, scan_id, action)
            issue = session.get(CheckIssue, check_id(issue_id, "mergeKey"))
            if issue is None or issue.task_id != task.id:
                raise UnknownIssue(issue_id)
            user = session.get(User, principal.user_id)
            name = "".join(character for character in principal.user_name if character.isprintable())
            return _Place(
                issue=issue,
                url=task.git_url,
                branch=task.branch,
                tag=task.kind == families.TAG,
                opened_by=credentials.of_task(session, self._secrets, task),
                author=(name, (user.email if user else "") or f"{principal.user_id}@localhost"),
            )

    @contextmanager
    def _snapshot(self, place: _Place, *, own_only: bool) -> Generator[Snapshot]:
        wanted = Wanted("tag" if place.tag else "branch", place.branch)
        with self._looking.at(place.url, FIELD) as options:
            known = opened(options, place.url, place.opened_by, own_only=own_only)
            with open_snapshot(place.url, wanted, known, self._looking.start) as snapshot:
                yield snapshot

    def _happened(self, principal: Principal, issue: CheckIssue, commit: str) -> None:
        with self._database.write() as session:
            task = session.get(CheckTask, issue.task_id)
            if task is None or session.get(CheckIssue, issue.id) is None:
                # Deleted meanwhile: the commit is there all the same.
                return
            session.add(
                CheckIssueEvent(
                    issue_id=issue.id,
                    at=epoch_ms(),
                    by=principal.user_name,
                    status=issue.status,
                    comment=f"fix committed: {commit}",
                )
            )
            note(session, principal, task, AuditName.COMMIT_FIX, f"{issue.path}: {commit}")


def _check(content: str, message: str) -> None:
    try:
        size = len(content.encode())
        message.encode()
    except UnicodeEncodeError:
        raise Invalid("content", "is no text: it has half a character") from None
    if size > MAX_BYTES or "\0" in content:
        raise Invalid("content", f"must be a text of at most {MAX_BYTES} bytes")
    if len(message) > MAX_MESSAGE or "\0" in message:
        raise Invalid("message", f"must be at most {MAX_MESSAGE} characters, none of them NUL")


def _text(snapshot: Snapshot, path: str) -> str:
    content = snapshot.read(path, MAX_BYTES)
    if content is None:
        raise Conflict(f"{path} is no file of the branch any more")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Conflict(f"{path} is no text in UTF-8") from None


def _require_same(issue: CheckIssue, text: str) -> None:
    lines = text.split("\n")
    fragment: list[tuple[int, str]] = issue.details.get("fragment", [])
    for number, seen in fragment:
        now = lines[number - 1].rstrip() if number <= len(lines) else None
        same = now is not None and (now == seen or (len(seen) >= SHOWN_WIDTH and now.startswith(seen)))
        if not same:
            raise Conflict(f"line {number} of {issue.path} has changed since the check; check again first")


def _require_whole(before: str, content: str) -> None:
    if content == before:
        raise Invalid("content", "is what the file already has")
    old, new = Counter(before.splitlines()), Counter(content.splitlines())
    if (old & new).total() < KEPT_PART * old.total():
        raise Invalid("content", "must be the whole file: most of its lines are missing")
