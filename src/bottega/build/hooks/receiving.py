"""Taking deliveries in. Each is stored before it is answered, and before anything else is done with it."""

import time
from collections.abc import Callable, Mapping

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bottega.build.hooks import history, proofs, pushes
from bottega.build.hooks.errors import UnknownHook
from bottega.build.hooks.handling import Handler
from bottega.build.hooks.pushes import Told
from bottega.build.hooks.tables import DeliveryState, Hook, HookDelivery
from bottega.build.identifiers import is_hex32
from bottega.build.tables import BuildTask
from bottega.clock import epoch_ms
from bottega.scm.news import News
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

MAX_BODY_BYTES = 8 * 1024 * 1024
"""A push of two thousand commits, the most that forges tell of, has some megabytes with the names of its files."""

_NOBODYS = proofs.new_secret()
"""What a delivery to a hook that is not there is held against, so that it takes as long."""


OnNews = Callable[[Session, str, str, News], None]
"""Called with tenant and project in the transaction in which news of a repository are taken in; must be quick."""


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery, and whether it had come before."""

    delivery: HookDelivery
    repeated: bool


class Receiver:
    """Answers forges."""

    def __init__(self, database: Database, secrets: SecretBox, handler: Handler) -> None:
        self._database = database
        self._secrets = secrets
        self._handler = handler
        self.on_news: list[OnNews] = []

    def receive(self, hook_id: str, headers: Mapping[str, str], body: bytes) -> Received:
        """Take a delivery in and start what it asks for. ``headers`` have lower-case names.

        Raises :class:`UnknownHook`, :class:`Invalid` for a body that cannot be read, and :class:`Unavailable`.
        """
        proof = proofs.check(headers, body, self._secret(hook_id) or _NOBODYS, time.time())
        if proof is None:
            raise UnknownHook
        told = pushes.read(proof.event, headers.get("content-type", ""), body)
        try:
            with self._database.write() as session:
                hook = session.get(Hook, hook_id, with_for_update=True)
                if hook is None:
                    raise UnknownHook
                delivery = history.known(session, hook_id, proof.key)
                if delivery is None:
                    delivery = history.take_in(session, hook, proof, told, epoch_ms())
                    self._pass_on(session, hook, told)
                    repeated = False
                elif delivery.state == DeliveryState.REFUSED and delivery.push is not None:
                    # Whoever sends it once more has perhaps repaired what was in the way.
                    delivery = history.take_again(session, delivery, epoch_ms())
                    repeated = False
                else:
                    repeated = True
        except IntegrityError:
            # It came twice at once, and the other one was first.
            return self._other(hook_id, proof.key)
        if not repeated and delivery.state == DeliveryState.WAITING:
            self._handler.handle(delivery)
        return Received(delivery=self._now(delivery), repeated=repeated)

    def _pass_on(self, session: Session, hook: Hook, told: Told) -> None:
        task = session.get(BuildTask, hook.task_id)
        if told.news is not None and task is not None:
            for tell in self.on_news:
                tell(session, hook.tenant_id, task.project_id, told.news)

    def _secret(self, hook_id: str) -> str | None:
        if not is_hex32(hook_id):
            return None
        with self._database.read() as session:
            hook = session.get(Hook, hook_id)
        return None if hook is None else self._secrets.unseal(hook.sealed_secret, purpose(hook_id))

    def _other(self, hook_id: str, key: str) -> Received:
        with self._database.read() as session:
            found = history.known(session, hook_id, key)
        if found is None:
            raise UnknownHook
        return Received(delivery=found, repeated=True)

    def _now(self, delivery: HookDelivery) -> HookDelivery:
        with self._database.read() as session:
            return session.get(HookDelivery, delivery.id) or delivery


def purpose(hook_id: str) -> str:
    """What the secret of a hook is sealed for."""
    return f"secret of hook {hook_id}"
