"""What the API does with the notices of tasks."""

import msgspec
from sqlalchemy.orm import Session

from bottega.audit.events import AuditName
from bottega.build import access, reading
from bottega.build.access import Action
from bottega.build.identifiers import check_job_id
from bottega.build.notices import param_config, settings
from bottega.build.notices.checking import WebhookChecker
from bottega.build.notices.events import ALWAYS_LISTED, NoticeEvent, channel_of, events_of
from bottega.build.notices.settings import Own
from bottega.build.notices.tables import NoticeSetting
from bottega.build.noting import note
from bottega.build.tables import BuildTask
from bottega.clock import epoch_ms
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.notify import log, queue
from bottega.notify.channels import POSTED, Channel
from bottega.notify.log import LogEntry
from bottega.notify.sender import Sender
from bottega.notify.target import Target, seal
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

MAX_LOG_LIMIT = 100
NOTHING: frozenset[NoticeEvent] = frozenset()


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """One channel of a task: what it tells, and its ``param_config`` with secrets masked (empty without any)."""

    channel: Channel
    events: frozenset[NoticeEvent]
    param_config: str


class NoticeChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a client wants of one channel. ``param_config`` empty: as it is. ``follow``: have no setting of its own."""

    notice_type: str
    event_names: list[str]
    param_config: str = ""
    switched_on: bool = True
    follow: bool = False


class NoticeService:
    """Every look-up is by the caller's tenant; reading needs the right to view a task, all else that to modify it."""

    def __init__(self, database: Database, secrets: SecretBox, sender: Sender) -> None:
        self._database = database
        self._secrets = secrets
        self._reach = sender.outgoing.reach
        self.checker = WebhookChecker(database, secrets, sender)

    def show(self, principal: Principal, task_id: str) -> list[NoticeView]:
        """CodeArts Build's four channels, and others that were set. Raises :class:`NotFound`, :class:`Forbidden`."""
        check_job_id(task_id)
        with self._database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.VIEW)
            own = settings.own(session, principal.tenant_id, [task_id])[task_id]
        return [self._view(own, channel) for channel in Channel if channel in {*ALWAYS_LISTED, *own}]

    def update(self, principal: Principal, task_id: str, change: NoticeChange) -> BuildTask:
        """Have one channel tell exactly these events.

        Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`; then nothing has changed.
        """
        check_job_id(task_id)
        channel = channel_of(change.notice_type)
        events = events_of(change.event_names)
        with self._database.write() as session:
            task = self._task_to_change(session, principal, task_id)
            if change.follow:
                _follow_defaults(session, task, channel)
                note(session, principal, task, AuditName.UPDATE_NOTICE, f"{channel}: defaults")
                return task
            row = session.get(NoticeSetting, (task_id, channel))
            known = settings.target_of(self._secrets, row)
            target = known
            if change.param_config:
                target = param_config.read(change.param_config, channel, known, self._reach)
            told = events if change.switched_on else NOTHING
            if told and channel in POSTED and target is None:
                raise Invalid(param_config.FIELD, f"{channel} needs a webhook_url to tell anything")
            self._save(session, task, channel, told, target)
            if not told:
                queue.withdraw(session, task.tenant_id, [task_id], channel)
            elif known and target and target != known:
                self._redirect(session, task, channel, target)
            note(
                session,
                principal,
                task,
                AuditName.UPDATE_NOTICE,
                f"{channel}: {', '.join(sorted(told)) or 'nothing'}",
            )
        return task

    def disable(self, principal: Principal, task_id: str, notice_type: str) -> BuildTask:
        """Have a channel tell nothing. Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`."""
        check_job_id(task_id)
        channel = channel_of(notice_type)
        with self._database.write() as session:
            task = self._task_to_change(session, principal, task_id)
            row = session.get(NoticeSetting, (task_id, channel))
            if row is not None or channel in ALWAYS_LISTED:
                known = settings.target_of(self._secrets, row)
                self._save(session, task, channel, NOTHING, known)
                queue.withdraw(session, task.tenant_id, [task_id], channel)
            note(session, principal, task, AuditName.UPDATE_NOTICE, f"{channel}: nothing")
        return task

    def log(self, principal: Principal, task_id: str, *, offset: int, limit: int) -> list[LogEntry]:
        """What was sent about a task, newest first. Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`."""
        check_job_id(task_id)
        if not 1 <= limit <= MAX_LOG_LIMIT or offset < 0:
            raise Invalid("limit", f"expected 1 to {MAX_LOG_LIMIT}")
        with self._database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.VIEW)
            return log.page(session, principal.tenant_id, task_id, offset=offset, limit=limit)

    def _task_to_change(self, session: Session, principal: Principal, task_id: str) -> BuildTask:
        task = reading.task(session, principal.tenant_id, task_id, lock=True)
        access.require_on_task(session, principal, task, Action.MODIFY)
        return task

    def _save(
        self,
        session: Session,
        task: BuildTask,
        channel: Channel,
        events: frozenset[NoticeEvent],
        target: Target | None,
    ) -> None:
        row = NoticeSetting(
            task_id=task.id,
            channel=channel,
            tenant_id=task.tenant_id,
            events=sorted(events),
            sealed_target=seal(self._secrets, target) if target else None,
            updated_at=epoch_ms(),
        )
        session.merge(row)

    def _redirect(self, session: Session, task: BuildTask, channel: Channel, target: Target) -> None:
        """What is on its way goes where the channel leads now."""
        place = queue.place_of(self._secrets, target, channel)
        queue.retarget(session, task.tenant_id, [task.id], channel, place)

    def _view(self, own: Own, channel: Channel) -> NoticeView:
        target = settings.target_of(self._secrets, own.get(channel))
        return NoticeView(
            channel=channel,
            events=settings.in_force(own, channel),
            param_config=param_config.shown(target, channel) if target else "",
        )


def _follow_defaults(session: Session, task: BuildTask, channel: Channel) -> None:
    row = session.get(NoticeSetting, (task.id, channel))
    if row is not None:
        session.delete(row)
    if not settings.in_force({}, channel):
        queue.withdraw(session, task.tenant_id, [task.id], channel)
