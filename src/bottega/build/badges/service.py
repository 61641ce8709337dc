"""Badges of tasks: for who may view a task, and for everybody who knows a secret address."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.audit.events import AuditName
from bottega.badges.drawing import check_label
from bottega.badges.links import BadgeLink, BadgeLinks, forget_badge
from bottega.build import access, reading
from bottega.build.access import Action
from bottega.build.badges.drawing import STATES, BadgeState, draw
from bottega.build.branch import branch_source, builds_tags
from bottega.build.definition import Definition
from bottega.build.identifiers import check_job_id
from bottega.build.noting import note
from bottega.build.source import MAX_REF
from bottega.build.tables import BuildTask
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

LABEL = "build"
NEWEST = 2000
"""Builds of a task among which the newest of a branch is looked for: strangers may ask often."""


class BadgeService:
    """Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`."""

    def __init__(self, database: Database, secrets: SecretBox) -> None:
        self._database = database
        self._links = BadgeLinks(secrets, "build task")

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

    def link(self, principal: Principal, task_id: str) -> BadgeLink | None:
        """The public address, or None while there is none. Needs the right to change the task, as all that follows."""
        with self._database.read() as session:
            _managed(session, principal, task_id)
            return self._links.find(session, task_id)

    def publish(self, principal: Principal, task_id: str) -> BadgeLink:
        """Make a public address; one that was there before is worth nothing any more."""
        with self._database.write() as session:
            task = _managed(session, principal, task_id, lock=True)
            link = self._links.publish(session, principal, task_id)
            note(session, principal, task, AuditName.PUBLISH_BADGE)
        return link

    def revoke(self, principal: Principal, task_id: str) -> None:
        """Show the badge to nobody but who may view the task."""
        with self._database.write() as session:
            task = _managed(session, principal, task_id, lock=True)
            if forget_badge(session, task_id):
                note(session, principal, task, AuditName.REVOKE_BADGE)


def paint(session: Session, task_id: str, branch: str, label: str) -> bytes | None:
    """The badge of a task without regard to who asks, for public addresses. Raises :class:`Invalid`."""
    _check(branch, label)
    task = session.get(BuildTask, task_id)
    if task is None or task.deleted_at is not None:
        return None
    return draw(label or LABEL, _state(session, task, branch))


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
    check_label(label)


def _managed(session: Session, principal: Principal, task_id: str, *, lock: bool = False) -> BuildTask:
    check_job_id(task_id)
    task = reading.task(session, principal.tenant_id, task_id, lock=lock)
    access.require_on_task(session, principal, task, Action.MODIFY)
    return task
