"""The loop that ends what is too old: every ten minutes."""

import threading

import structlog

from bottega.clock import epoch_ms
from bottega.notify import inbox, log
from bottega.notify.deliveries import Deliveries
from bottega.store.database import Database, DatabaseClosed

INTERVAL_SECONDS = 600.0
DAY_MS = 24 * 3_600_000

logger = structlog.get_logger(__name__)


class Housekeeping:
    """Keeps the delivery log and the inboxes for ``keep_days``; 0 keeps them for ever."""

    def __init__(self, database: Database, deliveries: Deliveries, keep_days: int) -> None:
        self._database = database
        self._deliveries = deliveries
        self._keep_days = keep_days
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin; the first pass is made at once."""
        threading.Thread(target=self._run, name="notice housekeeping", daemon=True).start()

    def stop(self) -> None:
        """Begin no further pass."""
        self._stopping.set()

    def run_once(self) -> None:
        """Give up and delete what is old enough."""
        before = epoch_ms() - self._keep_days * DAY_MS if self._keep_days else 0
        self._deliveries.give_up_old()
        log.purge(self._database, before)
        inbox.purge(self._database, before)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.run_once()
            except DatabaseClosed:
                return
            except Exception:
                logger.exception("notice housekeeping failed")
            self._stopping.wait(INTERVAL_SECONDS)
