"""Badges of tasks: for who may view a task, and for everybody who knows a secret address."""

from hashlib import sha256

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.audit.events import AuditName
from bottega.build import access, reading
from bottega.build.access import Action
from bottega.build.badges.drawing import STATES, BadgeState, draw
from bottega.build.badges.errors import UnknownBadge
from bottega.build.badges.tables import PublicBadge
from bottega.build.branch import branch_source, builds_tags
from bottega.build.definition import Definition
from bottega.build.identifiers import check_job_id
from bottega.build.noting import note
from bottega.build.source import MAX_REF
from bottega.build.tables import BuildTask
from bottega.clock import epoch_ms
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.ids import new_secret
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

LABEL = "build"
MAX_LABEL = 64
MAX_TOKEN = 128
NEWEST = 2000
"""Builds of a task among which the newest of a branch is looked for: strangers may ask often."""


class BadgeLink(msgspec.Struct, frozen=True, kw_only=True):
    """Where everybody finds a task's badge. ``created_at`` is in epoch milliseconds."""

    token: str
    creator_name: str
    created_at: int


class BadgeService:
    """Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`."""

    def __init__(self, database: Database, secrets: SecretBox) -> None:
        self._database = database
        self._secrets = secrets

    def show(self, principal: Principal, task_id: str, branch: str = "", label: str = "") -> bytes:
        """The badge, as SVG, for who may view the task.

        It is about the newest build of ``branch``; without one, of the task's own branch, and of all builds of a task
        that has none.
        """
        check_job_id(task_id)
        _check(branch, label)
        with self._database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.VIEW)
            return draw(label or LABEL, _state(session, task, branch))

    def show_public(self, token: str, branch: str = "", label: str = "") -> bytes:
        """The same for who knows the token. Raises :class:`UnknownBadge`."""
        _check(branch, label)
        if not token or len(token) > MAX_TOKEN:
            raise UnknownBadge
        with self._database.read() as session:
            query = (
                select(BuildTask)
                .join(PublicBadge, PublicBadge.task_id == BuildTask.id)
                .where(PublicBadge.token_hash == _hash(token), BuildTask.deleted_at.is_(None))
            )
            task = session.scalars(query).one_or_none()
            if task is None:
                raise UnknownBadge
            return draw(label or LABEL, _state(session, task, branch))

    def link(self, principal: Principal, task_id: str) -> BadgeLink | None:
        """The public address, or None while there is none. Needs the right to change the task, as all that follows."""
        with self._database.read() as session:
            _managed(session, principal, task_id)
            badge = session.get(PublicBadge, task_id)
            return None if badge is None else self._link(badge)

    def publish(self, principal: Principal, task_id: str) -> BadgeLink:
        """Make a public address; one that was there before is worth nothing any more."""
        token = new_secret()
        with self._database.write() as session:
            task = _managed(session, principal, task_id, lock=True)
            badge = session.get(PublicBadge, task_id)
            if badge is None:
                badge = PublicBadge(task_id=task_id, tenant_id=task.tenant_id)
                session.add(badge)
            badge.token_hash = _hash(token)
            badge.sealed_token = self._secrets.seal(token, _purpose(task_id))
            badge.creator_name = principal.user_name
            badge.created_at = epoch_ms()
            note(session, principal, task, AuditName.PUBLISH_BADGE)
        return self._link(badge)

    def revoke(self, principal: Principal, task_id: str) -> None:
        """Show the badge to nobody but who may view the task."""
        with self._database.write() as session:
            task = _managed(session, principal, task_id, lock=True)
            badge = session.get(PublicBadge, task_id)
            if badge is not None:
                session.delete(badge)
                note(session, principal, task, AuditName.REVOKE_BADGE)

    def _link(self, badge: PublicBadge) -> BadgeLink:
        return BadgeLink(
            token=self._secrets.unseal(badge.sealed_token, _purpose(badge.task_id)),
            creator_name=badge.creator_name,
            created_at=badge.created_at,
        )


def forget_task(session: Session, task_id: str) -> None:
    """The task is being purged."""
    badge = session.get(PublicBadge, task_id)
    if badge is not None:
        session.delete(badge)


def _state(session: Session, task: BuildTask, branch: str) -> BadgeState:
    mine = [Run.task_id == task.id, Run.number > task.last_number - NEWEST]
    wanted = branch or _own_branch(task)
    if wanted:
        mine.append(Run.branch == wanted)
    state = session.scalar(select(Run.state).where(*mine).order_by(Run.number.desc()).limit(1))
    return BadgeState.UNKNOWN if state is None else STATES[RunState(state)]


def _own_branch(task: BuildTask) -> str:
    definition = msgspec.convert(task.definition, Definition)
    if builds_tags(definition):
        return ""
    chosen = branch_source(definition)
    return chosen.branch if chosen else ""


def _check(branch: str, label: str) -> None:
    if len(branch) > MAX_REF or "\0" in branch:
        raise Invalid("branch", f"must be at most {MAX_REF} characters, without NUL")
    if len(label) > MAX_LABEL or not label.isprintable():
        raise Invalid("label", f"must be at most {MAX_LABEL} printable characters")


def _managed(session: Session, principal: Principal, task_id: str, *, lock: bool = False) -> BuildTask:
    check_job_id(task_id)
    task = reading.task(session, principal.tenant_id, task_id, lock=lock)
    access.require_on_task(session, principal, task, Action.MODIFY)
    return task


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def _purpose(task_id: str) -> str:
    return f"badge of build task {task_id}"
