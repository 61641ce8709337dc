"""What managers of a task do with its webhooks."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bottega.audit.events import AuditName
from bottega.build import access, reading
from bottega.build.access import Action
from bottega.build.hooks import history, watching
from bottega.build.hooks.filters import HookChange, HookChoice, checked_secret
from bottega.build.hooks.handling import Handler
from bottega.build.hooks.receiving import Receiver, purpose
from bottega.build.hooks.tables import Hook, HookDelivery, Watch
from bottega.build.identifiers import check_job_id, check_uuid, is_hex32
from bottega.build.noting import note
from bottega.build.service import BuildService
from bottega.build.tables import BuildTask
from bottega.clock import epoch_ms
from bottega.errors import Conflict, NotFound
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.store.secrets import SecretBox

MAX_HOOKS = 20
"""Webhooks of one task."""


class HookWithSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A hook at the only moment its secret is shown."""

    hook: Hook
    secret: str


class HookService:
    """Needs the right to change the task. Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`."""

    def __init__(self, builds: BuildService, secrets: SecretBox) -> None:
        self._database = builds.database
        self._secrets = secrets
        self.handler = Handler(builds)
        self.receiver = Receiver(builds.database, secrets, self.handler)

    def create(self, principal: Principal, task_id: str, choice: HookChoice) -> HookWithSecret:
        """A new hook. Also raises :class:`Conflict` when the task has too many."""
        chosen = choice.checked()
        with self._database.write() as session:
            task = _managed(session, principal, task_id, lock=True)
            count = session.scalar(select(func.count()).where(Hook.task_id == task_id)) or 0
            if count >= MAX_HOOKS:
                raise Conflict(f"the build task has {count} webhooks, {MAX_HOOKS} are allowed")
            hook_id = new_hex()
            hook = Hook(
                id=hook_id,
                tenant_id=task.tenant_id,
                task_id=task.id,
                name=chosen.name,
                branches=chosen.branches,
                tags=chosen.tags,
                sealed_secret=self._secrets.seal(chosen.secret, purpose(hook_id)),
                creator_id=principal.user_id,
                creator_name=principal.user_name,
                created_at=epoch_ms(),
            )
            session.add(hook)
            note(session, principal, task, AuditName.CREATE_HOOK, f"webhook {hook_id}")
        return HookWithSecret(hook=hook, secret=chosen.secret)

    def list(self, principal: Principal, task_id: str) -> tuple[Sequence[Hook], Watch | None]:
        """The task's hooks, the oldest first; and what is looked at for the task, if it is."""
        with self._database.read() as session:
            task = _managed(session, principal, task_id)
            query = select(Hook).where(Hook.task_id == task_id).order_by(Hook.created_at, Hook.id)
            hooks = session.scalars(query).all()
            told = any(hook.last_delivery_at is not None for hook in hooks)
            watch = None if told or task.disabled_at is not None else session.get(Watch, task_id)
            return hooks, watch

    def update(self, principal: Principal, task_id: str, hook_id: str, change: HookChange) -> Hook:
        """Another name or other patterns; deliveries that wait are handled by the new ones."""
        change.check()
        with self._database.write() as session:
            task = _managed(session, principal, task_id)
            hook = _hook(session, task, hook_id, lock=True)
            for field in HookChange.__struct_fields__:
                value = getattr(change, field)
                if value is not None:
                    setattr(hook, field, value)
            note(session, principal, task, AuditName.UPDATE_HOOK, f"webhook {hook_id}")
        return hook

    def rotate(self, principal: Principal, task_id: str, hook_id: str, secret: str = "") -> HookWithSecret:
        """Give a hook another secret; the present one is worth nothing from now on."""
        secret = checked_secret(secret)
        with self._database.write() as session:
            task = _managed(session, principal, task_id)
            hook = _hook(session, task, hook_id, lock=True)
            hook.sealed_secret = self._secrets.seal(secret, purpose(hook_id))
            hook.rotated_at = epoch_ms()
            note(session, principal, task, AuditName.ROTATE_HOOK, f"webhook {hook_id}")
        return HookWithSecret(hook=hook, secret=secret)

    def delete(self, principal: Principal, task_id: str, hook_id: str) -> None:
        """Forget a hook with its deliveries; builds it started go on."""
        with self._database.write() as session:
            task = _managed(session, principal, task_id)
            hook = _hook(session, task, hook_id, lock=True)
            session.execute(delete(HookDelivery).where(HookDelivery.hook_id == hook_id))
            session.delete(hook)
            watching.resumed(session, task_id)
            note(session, principal, task, AuditName.DELETE_HOOK, f"webhook {hook_id}")

    def deliveries(
        self, principal: Principal, task_id: str, hook_id: str, *, offset: int, limit: int
    ) -> tuple[Sequence[HookDelivery], int]:
        """Some deliveries that proved the secret, newest first, and how many are remembered."""
        with self._database.read() as session:
            _hook(session, _managed(session, principal, task_id), hook_id)
            mine = HookDelivery.hook_id == hook_id
            total = session.scalar(select(func.count()).select_from(HookDelivery).where(mine)) or 0
            newest = (HookDelivery.received_at.desc(), HookDelivery.id)
            query = select(HookDelivery).where(mine).order_by(*newest).offset(offset).limit(limit)
            return session.scalars(query).all(), total

    def redeliver(self, principal: Principal, task_id: str, hook_id: str, delivery_id: str) -> HookDelivery:
        """Handle a delivery again, with the task and the hook as they are now. Also needs the right to execute."""
        check_uuid(delivery_id, "delivery_id")
        with self._database.write() as session:
            task = _managed(session, principal, task_id)
            access.require_on_task(session, principal, task, Action.EXECUTE)
            # Locked, so that two requests do not pass the limit of what waits.
            _hook(session, task, hook_id, lock=True)
            earlier = session.get(HookDelivery, delivery_id)
            if earlier is None or earlier.hook_id != hook_id:
                raise NotFound("delivery", delivery_id)
            if earlier.push is None:
                raise Conflict("the delivery tells of no push: there is nothing to be done again")
            delivery = history.take_again(session, earlier, epoch_ms())
        self.handler.handle(delivery)
        with self._database.read() as session:
            return session.get(HookDelivery, delivery.id) or delivery


def forget_task(session: Session, task_id: str) -> None:
    """The task is being purged."""
    session.execute(delete(HookDelivery).where(HookDelivery.task_id == task_id))
    session.execute(delete(Hook).where(Hook.task_id == task_id))
    watching.forget_task(session, task_id)


def _managed(session: Session, principal: Principal, task_id: str, *, lock: bool = False) -> BuildTask:
    check_job_id(task_id)
    task = reading.task(session, principal.tenant_id, task_id, lock=lock)
    access.require_on_task(session, principal, task, Action.MODIFY)
    return task


def _hook(session: Session, task: BuildTask, hook_id: str, *, lock: bool = False) -> Hook:
    if not is_hex32(hook_id):
        raise NotFound("webhook", hook_id)
    query = select(Hook).where(Hook.id == hook_id, Hook.task_id == task.id, Hook.tenant_id == task.tenant_id)
    hook = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if hook is None:
        raise NotFound("webhook", hook_id)
    return hook
