"""The loop that sends: every second it asks its sources for new messages and gives due ones to a few threads."""

import threading
import time
from collections.abc import Callable, Sequence

import structlog

from bottega.notify.channels import Channel
from bottega.notify.deliveries import Claimed, Deliveries
from bottega.notify.outcome import NotSent
from bottega.notify.sender import Sender
from bottega.notify.target import unseal
from bottega.store.database import DatabaseClosed
from bottega.store.secrets import SealBroken, SecretBox

INTERVAL_SECONDS = 1.0
SENDING_AT_ONCE = 4
STOP_SECONDS = 2.0

log = structlog.get_logger(__name__)


class Dispatcher:
    """One per replica. ``sources`` turn what happened into deliveries, and return how many events they took."""

    def __init__(
        self,
        deliveries: Deliveries,
        sender: Sender,
        secrets: SecretBox,
        sources: Sequence[Callable[[], int]],
    ) -> None:
        self._deliveries = deliveries
        self._sender = sender
        self._secrets = secrets
        self._sources = sources
        self._sending: set[threading.Thread] = set()
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to send, first of all what was under way when this replica ended."""
        self._deliveries.release()
        # Daemons: a conversation that hangs must not keep the process from ending; it is taken up after the restart.
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Begin no more conversations, and wait some seconds for those under way."""
        self._stopping = True
        self._wake.set()
        until = time.monotonic() + STOP_SECONDS
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
        for thread in list(self._sending):
            thread.join(max(0.0, until - time.monotonic()))

    def run_once(self) -> None:
        """Take up what is new and send everything that is due; returns when that is done."""
        self._take_up()
        while claimed := self._deliveries.claim(SENDING_AT_ONCE):
            for one in claimed:
                self._send(one)

    def _run(self) -> None:
        while not self._stopping:
            try:
                if self._take_up() == 0 and self._begin() == 0:
                    self._wake.wait(INTERVAL_SECONDS)
                    self._wake.clear()
            except DatabaseClosed:
                return
            except Exception:
                log.exception("sending notices failed")
                self._wake.wait(INTERVAL_SECONDS)

    def _take_up(self) -> int:
        return sum(source() for source in self._sources)

    def _begin(self) -> int:
        """Start threads for due deliveries, as many as there are free places; returns how many."""
        self._sending = {thread for thread in self._sending if thread.is_alive()}
        claimed = self._deliveries.claim(SENDING_AT_ONCE - len(self._sending))
        for one in claimed:
            thread = threading.Thread(target=self._send_and_wake, args=[one], name="notice", daemon=True)
            self._sending.add(thread)
            thread.start()
        return len(claimed)

    def _send_and_wake(self, claimed: Claimed) -> None:
        try:
            self._send(claimed)
        except DatabaseClosed:
            return
        except Exception:
            # Its claim runs out, and it is tried again.
            log.exception("a notice could not be settled", delivery_id=claimed.id)
        finally:
            self._wake.set()

    def _send(self, claimed: Claimed) -> None:
        begun = time.monotonic()
        try:
            status = self._deliver(claimed)
        except NotSent as error:
            over = self._deliveries.failed(claimed, error, latency_ms=_since(begun))
            log.info(
                "notice given up" if over else "notice not sent",
                delivery_id=claimed.id,
                channel=claimed.channel,
                tries=claimed.tries,
                error=str(error),
            )
        else:
            self._deliveries.sent(claimed, status=status, latency_ms=_since(begun))

    def _deliver(self, claimed: Claimed) -> int:
        if claimed.channel is Channel.MAIL:
            return self._sender.mail(claimed.message, claimed.shown_target, claimed.id)
        try:
            target = unseal(self._secrets, claimed.sealed_target or b"")
        except SealBroken as error:
            raise NotSent(str(error)) from None
        return self._sender.post(claimed.channel, claimed.message, target, claimed.id)


def _since(begun: float) -> int:
    return int((time.monotonic() - begun) * 1000)
