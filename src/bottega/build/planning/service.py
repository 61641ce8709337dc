"""Planning: held runs whose files are read by the control plane before any agent hears of them.

Every replica looks for requests; each is worked on by one of them, and by another one when it does not say for a while
that it still is at it. Reading twice does no harm: the run is released once.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import structlog
from sqlalchemy.orm import Session

from bottega.build.errors import RepositoryUnreadable
from bottega.build.flows import starting
from bottega.build.flows.advancing import advance
from bottega.build.looking import Looking
from bottega.build.planning import outcome, requests
from bottega.build.planning.inputs import PlanInputs
from bottega.build.planning.planned import PlannedFlow, PlannedRun
from bottega.build.planning.reading import read_planned
from bottega.build.planning.requests import Claimed
from bottega.build.yaml.flow_files import FileMissing
from bottega.build.yaml.problems import BuildFileError
from bottega.clock import epoch_ms
from bottega.errors import Invalid
from bottega.ids import new_hex
from bottega.runs.held import PLAN
from bottega.runs.service import RunService
from bottega.scm.snapshot import open_snapshot
from bottega.scm.wanted import Wanted
from bottega.store.database import Database, DatabaseClosed

THREADS = 8
THREADS_OF_A_PLACE = 2
"""A host that does not answer holds up so many threads, and no others."""

LEASE_MS = 20_000
RETRY_MS = (2_000, 5_000, 10_000, 20_000, 30_000)
"""Between two tries; the last one again and again."""

SOURCE = "scms[0].url"

log = structlog.get_logger(__name__)


class _NoPlan(Exception):
    """The files of ``commit`` are not what can be built; the text is for the user."""

    def __init__(self, reason: str, commit: str) -> None:
        super().__init__(reason)
        self.commit = commit


class Planner:
    """``retry_seconds``: how long a repository that cannot be read may stay so. ``clock`` tells epoch milliseconds."""

    def __init__(
        self,
        database: Database,
        runs: RunService,
        git: Mapping[str, Any],
        retry_seconds: float,
        clock: Callable[[], int] = epoch_ms,
    ) -> None:
        """``git``: URL policy and credentials, as agents are told them."""
        self._database = database
        self._runs = runs
        self._retry_ms = int(retry_seconds * 1000)
        self._clock = clock
        self._name = new_hex()
        self._looking = Looking(git, "planning")
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="planning")
        self._in_hand: dict[str, tuple[str, Future[None]]] = {}
        self._closing = False

    def scan(self) -> None:
        """Say what is still in hand, and take up what nobody has."""
        self._in_hand = {run_id: task for run_id, task in self._in_hand.items() if not task[1].done()}
        for run_id in self._in_hand:
            with self._database.write() as session:
                requests.keep(session, run_id, self._name, LEASE_MS)
        while len(self._in_hand) < THREADS and self._take_up():
            pass

    def wait(self) -> None:
        """Return when nothing is being read any more."""
        wait([task for _, task in self._in_hand.values()])

    def close(self) -> None:
        """End what is being read; others take it up."""
        self._closing = True
        self._looking.close()
        self._threads.shutdown(cancel_futures=True)

    def _take_up(self) -> bool:
        """Take up some requests; False when there are none, or no more threads for them."""
        busy = Counter(place for place, _ in self._in_hand.values())
        full = [place for place, count in busy.items() if count >= THREADS_OF_A_PLACE]
        with self._database.read() as session:
            found = requests.waiting(session, self._clock(), full)
        taken = False
        for run_id, place in found:
            if len(self._in_hand) >= THREADS:
                return False
            if busy[place] >= THREADS_OF_A_PLACE or run_id in self._in_hand:
                continue
            with self._database.write() as session:
                claimed = requests.claim(session, run_id, self._name, LEASE_MS)
            if claimed is None:
                continue
            busy[place] += 1
            taken = True
            task = self._threads.submit(self._work, claimed)
            self._in_hand[run_id] = (place, task)
            # There may be others that waited for the place.
            task.add_done_callback(lambda _task: self._runs.hints.held())
        return taken

    def _work(self, claimed: Claimed) -> None:
        try:
            self._plan(claimed)
        except DatabaseClosed:
            return
        except Exception as error:
            # A defect of ours may be one of the moment; it is told, and not for ever.
            log.exception("a run could not be planned", run_id=claimed.run_id)
            self._again(claimed, f"its build.yml could not be read: {type(error).__name__}")

    def _plan(self, claimed: Claimed) -> None:
        inputs = claimed.inputs
        try:
            planned, commit = self._read(inputs)
        except _NoPlan as error:
            self._refuse(claimed, str(error), error.commit)
        except Invalid as error:
            self._refuse(claimed, str(error))
        except RepositoryUnreadable as error:
            if self._closing:
                # Cut off by our own end: the next planner needs not wait for the lease to be over.
                self._put_back(claimed, self._clock())
            elif error.lasting:
                self._refuse(claimed, str(error))
            else:
                self._again(claimed, str(error))
        else:
            with self._database.write() as session:
                if isinstance(planned, PlannedFlow):
                    self._begin_flow(session, claimed, planned, commit)
                else:
                    outcome.begin(
                        session, self._runs, claimed.run_id, planned=planned, commit=commit, url=inputs.url
                    )

    def _read(self, inputs: PlanInputs) -> tuple[PlannedRun | PlannedFlow, str]:
        kind = inputs.build_type
        wanted = Wanted(kind, {"tag": inputs.tag, "commitId": inputs.commit}.get(kind, inputs.branch))
        if inputs.commit:
            # Found before, by a build that is run again.
            wanted = Wanted("commitId", inputs.commit)
        with (
            self._looking.at(inputs.url, SOURCE) as options,
            open_snapshot(inputs.url, wanted, options, self._looking.start) as snapshot,
        ):
            try:
                return read_planned(snapshot, inputs), snapshot.commit
            except (BuildFileError, FileMissing) as error:
                raise _NoPlan(str(error), snapshot.commit) from None

    def _begin_flow(self, session: Session, claimed: Claimed, planned: PlannedFlow, commit: str) -> None:
        taken = claimed.inputs.taken
        if starting.begin(session, self._runs, claimed.run_id, planned=planned, commit=commit, taken=taken):
            advance(session, self._runs, claimed.run_id)

    def _refuse(self, claimed: Claimed, reason: str, commit: str = "") -> None:
        with self._database.write() as session:
            outcome.refuse(session, self._runs, claimed.run_id, reason, commit)

    def _again(self, claimed: Claimed, reason: str) -> None:
        now = self._clock()
        if now >= claimed.created_at + self._retry_ms:
            self._refuse(claimed, reason)
            return
        pause = RETRY_MS[min(claimed.tries, len(RETRY_MS)) - 1]
        due_at = min(now + pause, claimed.created_at + self._retry_ms)
        with self._database.write() as session:
            self._runs.held.explain(session, claimed.run_id, PLAN, f"{reason}; tried again")
            requests.put_back(session, claimed.run_id, self._name, due_at)

    def _put_back(self, claimed: Claimed, due_at: int) -> None:
        with self._database.write() as session:
            requests.put_back(session, claimed.run_id, self._name, due_at)
