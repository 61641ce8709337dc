"""Ending what is too old: messages that nobody could be told, the log of what was sent, messages in the console."""

from bottega.clock import epoch_ms
from bottega.notify import inbox, log
from bottega.notify.deliveries import Deliveries
from bottega.store.database import Database

DAY_MS = 24 * 3_600_000


class Housekeeping:
    """Keeps the delivery log and the inboxes for ``keep_days``; 0 keeps them for ever."""

    def __init__(self, database: Database, deliveries: Deliveries, keep_days: int) -> None:
        self._database = database
        self._deliveries = deliveries
        self._keep_days = keep_days

    def tidy(self) -> None:
        """Give up and delete what is old enough."""
        before = epoch_ms() - self._keep_days * DAY_MS if self._keep_days else 0
        self._deliveries.give_up_old()
        log.purge(self._database, before)
        inbox.purge(self._database, before)
