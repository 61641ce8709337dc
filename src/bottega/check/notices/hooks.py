"""Robots and webhooks that hear of the checks of a family of tasks."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.orm import Session

from bottega.audit.events import AuditName
from bottega.check import access
from bottega.check.access import Action
from bottega.check.identifiers import check_id
from bottega.check.notices import wording
from bottega.check.notices.events import CheckEvent, events_of
from bottega.check.notices.reading import hooks_of
from bottega.check.notices.tables import CheckNoticeHook
from bottega.check.tasks import families, reading
from bottega.check.tasks.noting import note
from bottega.check.tasks.tables import CheckTask
from bottega.check.tasks.texts import checked_word
from bottega.clock import epoch_ms
from bottega.errors import Conflict, Invalid, NotFound
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.notify import queue
from bottega.notify.channels import POSTED, Channel
from bottega.notify.entered import read_secret, read_url
from bottega.notify.sender import Sender
from bottega.notify.target import Target, seal, unseal
from bottega.projects.service import require_project
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

MAX_HOOKS = 10
URL, SECRET, TYPE, EVENTS = "webhookUrl", "secret", "type", "events"


class HookView(msgspec.Struct, frozen=True, kw_only=True):
    """``url`` is masked; of the key it is only said whether there is one. ``task_id`` is the root of the family."""

    id: str
    task_id: str
    channel: Channel
    url: str
    has_secret: bool
    on: bool
    events: Sequence[CheckEvent]


class HookChange(msgspec.Struct, frozen=True, kw_only=True):
    """None leaves it as it is, or takes the default: a webhook without a key that is on and hears of everything."""

    url: str | None = None
    channel: str | None = None
    secret: str | None = None
    on: bool | None = None
    events: Sequence[str] | None = None


class CheckHooks:
    """Reading needs the right to see the task, all else that to change it.

    Raises :class:`Invalid`, :class:`UnknownTask`, :class:`NotFound` for the hook, :class:`Forbidden`; then nothing has
    changed.
    """

    def __init__(self, database: Database, secrets: SecretBox, sender: Sender) -> None:
        self._database = database
        self._secrets = secrets
        self._sender = sender

    def of_task(self, principal: Principal, task_id: str) -> list[HookView]:
        """Those of the task's family, the oldest first."""
        with self._database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.GET)
            return [self._view(one) for one in hooks_of(session, [task.parent_id or task.id])]

    def add(self, principal: Principal, task_id: str, wanted: HookChange) -> HookView:
        """One more. Also raises :class:`Conflict` where there are enough, or one of this address."""
        with self._database.write() as session:
            root = _root_to_change(session, principal, task_id)
            now = epoch_ms()
            hook = CheckNoticeHook(
                id=new_hex(),
                task_id=root.id,
                tenant_id=root.tenant_id,
                channel=Channel.WEBHOOK,
                on=True,
                events=sorted(CheckEvent),
                created_at=now,
                updated_at=now,
            )
            if len(hooks_of(session, [root.id])) >= MAX_HOOKS:
                raise Conflict(f"a task has at most {MAX_HOOKS} of them")
            self._apply(session, hook, None, wanted)
            session.add(hook)
            view = self._view(hook)
            note(session, principal, root, AuditName.CREATE_HOOK, _said(view))
        return view

    def update(self, principal: Principal, task_id: str, hook_id: str, wanted: HookChange) -> HookView:
        """Change it. What still waits goes to the new address, or nowhere once it is off."""
        with self._database.write() as session:
            root = _root_to_change(session, principal, task_id)
            hook = _hook(session, root, hook_id)
            channel, before = Channel(hook.channel), unseal(self._secrets, hook.sealed_target)
            target = self._apply(session, hook, before, wanted)
            hook.updated_at = epoch_ms()
            family = families.members(root.id)
            if not hook.on or hook.channel != channel:
                queue.withdraw(session, root.tenant_id, family, channel, lane=before.lane)
            elif target != before:
                place = queue.place_of(self._secrets, target, channel)
                queue.retarget(session, root.tenant_id, family, channel, place, lane=before.lane)
            view = self._view(hook)
            note(session, principal, root, AuditName.UPDATE_HOOK, _said(view))
        return view

    def remove(self, principal: Principal, task_id: str, hook_id: str) -> None:
        """Remove it; what still waits is not sent."""
        with self._database.write() as session:
            root = _root_to_change(session, principal, task_id)
            hook = _hook(session, root, hook_id)
            target = unseal(self._secrets, hook.sealed_target)
            family = families.members(root.id)
            queue.withdraw(session, root.tenant_id, family, Channel(hook.channel), lane=target.lane)
            note(session, principal, root, AuditName.DELETE_HOOK, _said(self._view(hook)))
            session.delete(hook)

    def try_out(self, principal: Principal, task_id: str, hook_id: str) -> None:
        """Send it a test message now, also while it is off.

        Raises :class:`Invalid` with the words of the other side when it does not take it, and :class:`Unavailable`
        while too many others are being tried.
        """
        with self._database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            root = reading.root_of(session, task)
            access.require_on_task(session, principal, root, Action.UPDATE)
            hook = _hook(session, root, hook_id)
            project = require_project(session, principal.tenant_id, root.project_id)
            message = wording.of_test(root, project.name, epoch_ms())
            channel, target = Channel(hook.channel), unseal(self._secrets, hook.sealed_target)
        self._sender.try_out(URL, channel, message, target)

    def _apply(
        self, session: Session, hook: CheckNoticeHook, known: Target | None, wanted: HookChange
    ) -> Target:
        """Change the row, which leads to ``known`` so far; returns where it leads then."""
        channel = Channel(hook.channel)
        if wanted.channel is not None:
            channel = Channel(checked_word(wanted.channel.upper(), TYPE, sorted(POSTED)))
        if channel != hook.channel:
            # Another kind of robot is another place; a key of the one means nothing to the other.
            known = None
        if wanted.url is not None:
            url = read_url(URL, wanted.url, channel, known, self._sender.outgoing.reach)
        elif known is not None:
            url = known.url
        else:
            raise Invalid(URL, "is needed")
        secret = read_secret(SECRET, wanted.secret, channel, known, url)
        for other in hooks_of(session, [hook.task_id]):
            if other.id != hook.id and unseal(self._secrets, other.sealed_target).url == url:
                raise Conflict(f"{URL}: another one of this task has the same address")
        if wanted.events is not None:
            hook.events = sorted(events_of(wanted.events, EVENTS))
        if wanted.on is not None:
            hook.on = wanted.on
        target = Target(url=url, secret=secret)
        hook.channel, hook.sealed_target = channel, seal(self._secrets, target)
        return target

    def _view(self, hook: CheckNoticeHook) -> HookView:
        channel, target = Channel(hook.channel), unseal(self._secrets, hook.sealed_target)
        return HookView(
            id=hook.id,
            task_id=hook.task_id,
            channel=channel,
            url=target.shown(channel),
            has_secret=bool(target.secret),
            on=hook.on,
            events=[CheckEvent(name) for name in hook.events],
        )


def _root_to_change(session: Session, principal: Principal, task_id: str) -> CheckTask:
    task = reading.task(session, principal.tenant_id, task_id)
    return families.root_to_change(session, principal, task)


def _hook(session: Session, root: CheckTask, hook_id: str) -> CheckNoticeHook:
    check_id(hook_id, "webhook_id")
    hook = session.get(CheckNoticeHook, hook_id)
    if hook is None or hook.task_id != root.id:
        raise NotFound("webhook", hook_id)
    return hook


def _said(view: HookView) -> str:
    events = ", ".join(view.events) or "nothing"
    return f"{view.channel} {view.url} {'on' if view.on else 'off'}: {events}"
