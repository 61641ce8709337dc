"""The scan that tells forges: a few conversations at a time, about each thing one after another, at least once."""

import ssl
import threading
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

import structlog

from bottega.clock import epoch_ms
from bottega.forges.claims import PURGE_BATCH, Claims, ToTell
from bottega.forges.forge import Forge
from bottega.notify.backoff import delay_ms, is_over
from bottega.notify.outcome import NotSent
from bottega.notify.outgoing import Answer, Outgoing, Post
from bottega.notify.reach import Reach
from bottega.store.database import Database, DatabaseClosed

AT_ONCE = 4
DAY_MS = 24 * 3600 * 1000
FORBIDDEN = 403

T = TypeVar("T", bound=ToTell)

log = structlog.get_logger(__name__)


class Teller(Generic[T]):
    """Hosts of forges are reached wherever they are, and no others.

    ``subject`` is what logs call it.
    """

    subject: ClassVar[str]

    def __init__(
        self, database: Database, forges: Sequence[Forge], tls: ssl.SSLContext, claims: Claims[T]
    ) -> None:
        self._database = database
        self._forges = forges
        self._claims = claims
        self._outgoing = {
            forge.api_host: Outgoing(Reach(allowed_hosts=(forge.api_host,)), tls) for forge in forges
        }
        self._telling: set[threading.Thread] = set()

    @property
    def has_forges(self) -> bool:
        """Whether there is anybody to tell."""
        return bool(self._forges)

    def scan(self) -> None:
        """Begin to tell what is due, as far as there are free threads."""
        if not self._forges:
            return
        self._telling = {one for one in self._telling if one.is_alive()}
        free = AT_ONCE - len(self._telling)
        with self._database.read() as session:
            if free < 1 or not self._claims.is_due(session):
                return
        with self._database.write() as session:
            claimed = self._claims.claim(session, free)
        for one in claimed:
            # A daemon: a conversation that hangs must not keep the process from ending; it is begun again later.
            thread = threading.Thread(target=self._attempt, args=[one], name=self.subject, daemon=True)
            self._telling.add(thread)
            thread.start()

    def wait(self) -> None:
        """Return when nobody is being told anything."""
        for thread in self._telling:
            thread.join()

    def purge(self, keep_days: int) -> None:
        """Forget what was told so many days ago; 0 keeps all."""
        if not keep_days or not self._forges:
            return
        while True:
            with self._database.write() as session:
                gone = self._claims.purge(session, epoch_ms() - keep_days * DAY_MS)
            if gone < PURGE_BATCH:
                return

    def _tell(self, row: T) -> None:
        """Tell it to the end: settled, or failed."""
        raise NotImplementedError

    def _attempt(self, row: T) -> None:
        try:
            self._tell(row)
        except DatabaseClosed:
            return
        except Exception:
            # Its claim runs out, and it is tried again.
            log.exception(f"{self.subject} could not be told", about=self._claims.key(row))

    def _send(self, forge: Forge, post: Post) -> Answer:
        """Raises :class:`NotSent`."""
        return self._outgoing[forge.api_host].post(post)

    def _failed(self, row: T, forge: Forge, error: NotSent, since_ms: int | None) -> None:
        """Try again later, or give up. ``since_ms`` is when it could first be told to the end; None while it waits."""
        text = str(error).replace(forge.token, "***")
        # GitHub's limits of how often one may ask come as 403, too.
        slow_down = error.status == FORBIDDEN and "rate limit" in text.lower()
        tries = row.tries + 1
        age = 0 if since_ms is None else epoch_ms() - since_ms
        said = log.bind(about=self._claims.key(row), host=forge.host, error=text)
        if not (error.retry or slow_down) or is_over(tries, age):
            self._settle(row, error=text)
            said.warning(f"{self.subject} was given up")
            return
        pause = delay_ms(tries, after_ms=int((error.after or 0) * 1000))
        with self._database.write() as session:
            self._claims.postpone(session, row, text, pause, whole_host=error.target_down or slow_down)
        said.info(f"{self.subject} was not told")

    def _settle(self, row: T, **values: object) -> None:
        values = {"error": "", **values}
        with self._database.write() as session:
            self._claims.settle(session, row, **values)
