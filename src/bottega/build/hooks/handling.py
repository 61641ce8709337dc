"""From a delivery to a build: where it was taken in, and by a scan of those that had to wait."""

from collections.abc import Callable

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bottega.build.compile import RunChoices
from bottega.build.definition import Definition
from bottega.build.hooks import history
from bottega.build.hooks.deciding import decide
from bottega.build.hooks.saver import last_saver
from bottega.build.hooks.tables import DeliveryState, Hook, HookDelivery
from bottega.build.service import BuildService
from bottega.build.tables import BuildTask
from bottega.clock import epoch_ms
from bottega.errors import BottegaError, Conflict, NotFound, Unavailable
from bottega.iam.principal import Principal
from bottega.runs.tables import Run
from bottega.runs.triggers import PUSH
from bottega.store.database import DatabaseClosed

MAX_AGE_MS = 24 * 3600 * 1000
"""A delivery that could not become a build for so long is given up."""

FIRST_DELAY_MS = 10_000
MAX_DELAY_MS = 600_000
AT_ONCE = 100

log = structlog.get_logger(__name__)


class _TakenError(Exception):
    """Another replica has handled the delivery meanwhile."""


class Handler:
    """Handles deliveries. ``clock`` tells the time in epoch milliseconds."""

    def __init__(self, builds: BuildService, clock: Callable[[], int] = epoch_ms) -> None:
        self._builds = builds
        self._database = builds.database
        self._clock = clock

    def scan(self) -> None:
        """Try again what had to wait, the oldest first."""
        due = (
            select(HookDelivery)
            .where(HookDelivery.next_try_at <= self._clock())
            .order_by(HookDelivery.next_try_at, HookDelivery.id)
            .limit(AT_ONCE)
        )
        with self._database.read() as session:
            found = session.scalars(due).all()
        for delivery in found:
            self.handle(delivery)

    def handle(self, delivery: HookDelivery) -> None:
        """Start the build of a waiting delivery, or say why there is none. It is safe already: nothing is raised."""
        try:
            self._act(delivery)
        except _TakenError:
            return
        except DatabaseClosed:
            return
        except OperationalError:
            log.warning("a push waits: the database is busy", delivery_id=delivery.id)
        except Unavailable as error:
            self._wait(delivery, str(error))
        except (NotFound, Conflict) as error:
            self._settle(delivery, DeliveryState.IGNORED, str(error))
        except BottegaError as error:
            self._settle(delivery, DeliveryState.REFUSED, str(error))
            log.warning("a push was refused", task_id=delivery.task_id, reason=str(error))
        except Exception:
            log.exception("a push could not be handled", delivery_id=delivery.id)
            self._wait(delivery, "the server failed; its log says why")

    def _act(self, delivery: HookDelivery) -> None:
        push = history.push_of(delivery)
        with self._database.read() as session:
            hook = session.get(Hook, delivery.hook_id)
            task = session.get(BuildTask, delivery.task_id)
            if push is None or hook is None or task is None or task.deleted_at is not None:
                return self._settle(delivery, DeliveryState.IGNORED, "the build task was deleted")
            definition = msgspec.convert(task.definition, Definition)
            decision = decide(definition, hook.branches, hook.tags, push)
            if decision.choices is None:
                return self._settle(delivery, DeliveryState.IGNORED, decision.reason)
            user = last_saver(session, task)
        return self._start(delivery, user, decision.choices)

    def _start(self, delivery: HookDelivery, user: Principal, choices: RunChoices) -> None:
        def take(session: Session, run: Run) -> None:
            started = DeliveryState.STARTED
            if not history.settle(session, delivery.id, started, run_id=run.id, build_no=run.number):
                raise _TakenError

        self._builds.execute(user, delivery.task_id, choices, trigger=PUSH, accepted=take)

    def _wait(self, delivery: HookDelivery, reason: str) -> None:
        now = self._clock()
        if now - delivery.received_at > MAX_AGE_MS:
            return self._settle(delivery, DeliveryState.REFUSED, f"given up after a day: {reason}")
        pause = min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** min(delivery.tries, 10))
        with self._database.write() as session:
            history.postpone(session, delivery.id, reason, now + pause)
        return None

    def _settle(self, delivery: HookDelivery, state: DeliveryState, reason: str) -> None:
        with self._database.write() as session:
            history.settle(session, delivery.id, state, reason)
