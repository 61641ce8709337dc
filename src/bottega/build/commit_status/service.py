"""The scan that tells forges: a few conversations at a time, each run's words in order, at least once."""

import ssl
import threading
from collections.abc import Mapping, Sequence

import structlog

from bottega.build.commit_status import claims
from bottega.build.commit_status.claims import Claimed
from bottega.build.commit_status.forges import Forge
from bottega.build.commit_status.outbox import BUILD, Outbox, forge_of
from bottega.build.commit_status.statuses import Status, build_words, status_of
from bottega.clock import epoch_ms
from bottega.notify.backoff import delay_ms, is_over
from bottega.notify.outcome import NotSent
from bottega.notify.outgoing import Outgoing
from bottega.notify.reach import Reach
from bottega.runs.states import FINAL, RunState
from bottega.runs.tables import Run
from bottega.runs.words import WordsOf
from bottega.store.database import Database, DatabaseClosed

AT_ONCE = 4
DAY_MS = 24 * 3600 * 1000
FORBIDDEN = 403
GITLAB_SAME = "Cannot transition status"
"""GitLab refuses to be told what it knows: after an answer that was lost, for instance."""

log = structlog.get_logger(__name__)


class CommitStatusService:
    """``public_url`` is where records are linked to. Hosts of forges are reached wherever they are, and no others.

    ``words`` are those of other kinds of runs than builds.
    """

    def __init__(
        self,
        database: Database,
        forges: Sequence[Forge],
        tls: ssl.SSLContext,
        public_url: str,
        words: Mapping[str, WordsOf] | None = None,
    ) -> None:
        self._words: dict[str, WordsOf] = {BUILD: build_words, **(words or {})}
        self.outbox = Outbox(forges, self._words.keys())
        self._database = database
        self._forges = forges
        self._public_url = public_url
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
            if free < 1 or not claims.is_due(session):
                return
        with self._database.write() as session:
            claimed = claims.claim(session, free)
        for one in claimed:
            # A daemon: a conversation that hangs must not keep the process from ending; it is begun again later.
            thread = threading.Thread(target=self._tell, args=[one], name="commit-status", daemon=True)
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
                gone = claims.purge(session, epoch_ms() - keep_days * DAY_MS)
            if gone < claims.PURGE_BATCH:
                return

    def _tell(self, claimed: Claimed) -> None:
        try:
            with self._database.read() as session:
                run = session.get(Run, claimed.run_id)
                if run is not None and run.commit_id:
                    outdated = claims.superseded(session, run)
                    status = status_of(run, self._words[run.kind](session, run), self._public_url)
                else:
                    # Without a commit: it is not known yet, or never was.
                    outdated, status = False, None
            if run is None or status is None:
                return self._settle(claimed)
            if outdated:
                return self._settle(claimed, error="a newer build of the commit is shown")
            self._tell_of(claimed, run, status)
        except DatabaseClosed:
            return None
        except Exception:
            # Its claim runs out, and it is tried again.
            log.exception("a commit status could not be set", run_id=claimed.run_id)
        return None

    def _tell_of(self, claimed: Claimed, run: Run, status: Status) -> None:
        forge = forge_of(self._forges, run.source_url)
        if forge is None or claimed.sent == status.verdict:
            return self._settle(claimed)
        try:
            self._send(forge, run, status)
        except NotSent as error:
            return self._failed(claimed, forge, run, error)
        return self._settle(claimed, sent=status.verdict)

    def _send(self, forge: Forge, run: Run, status: Status) -> None:
        repository = forge.repository(run.source_url) or ""
        try:
            self._outgoing[forge.api_host].post(forge.post(repository, run.commit_id, status))
        except NotSent as error:
            if GITLAB_SAME not in str(error):
                raise

    def _failed(self, claimed: Claimed, forge: Forge, run: Run, error: NotSent) -> None:
        text = str(error).replace(forge.token, "***")
        # GitHub's limits of how often one may ask come as 403, too.
        slow_down = error.status == FORBIDDEN and "rate limit" in text.lower()
        tries, age = claimed.tries + 1, epoch_ms() - (run.finished_at or claimed.created_at)
        waits = RunState(run.state) not in FINAL
        over = not (error.retry or slow_down) or is_over(tries, 0 if waits else age)
        said = log.bind(run_id=run.id, host=forge.host, error=text)
        if over:
            self._settle(claimed, error=text)
            said.warning("a commit status was given up")
            return
        pause = delay_ms(tries, after_ms=int((error.after or 0) * 1000))
        with self._database.write() as session:
            claims.postponed(session, claimed, text, pause, whole_host=error.target_down or slow_down)
        said.info("a commit status was not set")

    def _settle(self, claimed: Claimed, *, sent: str | None = None, error: str = "") -> None:
        with self._database.write() as session:
            claims.settled(session, claimed, sent=sent, error=error)
