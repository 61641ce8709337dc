"""The control plane of the execution layer, put together: one object with a start and a stop."""

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import structlog
from nats.aio.client import Client

from bottega.awaiting import end_all, within
from bottega.runs import disk
from bottega.runs.claims import Claims
from bottega.runs.control.connection import connect, ensure_streams
from bottega.runs.control.hints import HintPublisher
from bottega.runs.control.periodic import every
from bottega.runs.control.reports import Reports
from bottega.runs.control.requests import Requests
from bottega.runs.control.stream_watch import StreamWatch
from bottega.runs.leases import Leases
from bottega.runs.logs.live import LiveLogs
from bottega.runs.logs.sealed import SealedLogs
from bottega.runs.recorder import Recorder
from bottega.runs.sealing import Sealing
from bottega.runs.secret_files import SecretFiles
from bottega.runs.service import RunService
from bottega.settings import Settings
from bottega.store.database import Database

REAP_SECONDS = 1.0
SEAL_SECONDS = 10.0
RETENTION_SECONDS = 600.0
CLOSE_SECONDS = 2.0
REQUEST_THREADS = 4

log = structlog.get_logger(__name__)


class ControlService:
    """Claims, leases, recorder and the periodic scans of one replica."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        runs: RunService,
        live: LiveLogs,
        sealed: SealedLogs,
        git: dict[str, Any],
        replica_id: str,
    ) -> None:
        self._settings = settings
        self._database = database
        self._runs = runs
        self._live = live
        self._replica_id = replica_id
        self._claims = Claims(
            database=database,
            settings=settings,
            runs=runs,
            git=git,
            replica_id=replica_id,
            log_size=self._log_base,
        )
        self._leases = Leases(database, settings.runs, runs)
        self._recorder = Recorder(database, live, settings.runs, runs.final, runs.reported)
        self._sealing = Sealing(database, live, sealed, replica_id)
        self._requests_pool = ThreadPoolExecutor(REQUEST_THREADS, "requests")
        # One thread: the order of reports is the order of the log.
        self._recorder_pool = ThreadPoolExecutor(1, "recorder")
        self._periodic_pool = ThreadPoolExecutor(2, "periodic")
        self._tasks: list[asyncio.Task[None]] = []
        self._client: Client | None = None
        self._reports: Reports | None = None
        self._hints: HintPublisher | None = None

    @property
    def connected(self) -> bool:
        """Whether messages get through."""
        return self._client is not None and self._client.is_connected

    async def start(self, url: str, **credentials: Any) -> None:
        """Connect to ``url`` and begin to answer, record and scan."""
        self._client = await connect(
            url, name=f"control {self._replica_id}", on_back=self._reconnected, **credentials
        )
        stream = self._client.jetstream()
        await ensure_streams(stream, update=True)
        hints = HintPublisher(self._client, stream, self._periodic_pool, self._database, self._settings.runs)
        self._hints = hints
        self._runs.hints.work = hints.work
        self._runs.hints.stop = hints.stop
        self._runs.refusal = lambda: disk.refusal(self._data, self._settings.retention)
        requests = Requests(
            self._client,
            self._requests_pool,
            claims=self._claims,
            leases=self._leases,
            secret_files=SecretFiles(self._database, lambda: self._runs.secret_files),
            settings=self._settings.runs,
            new_agent=hints.look_now,
        )
        self._reports = Reports(self._client, stream, self._recorder_pool, self._recorder, self._replica_id)
        finished = asyncio.Event()
        self._recorder.finished = self._on_finished(finished)
        await requests.start()
        await self._reports.start()
        pool = self._periodic_pool
        for work in (
            hints.scan_forever(),
            StreamWatch(stream, self._reports, self._replica_id).watch_forever(),
            every(REAP_SECONDS, "reaping leases", self._reap, pool),
            every(SEAL_SECONDS, "sealing logs", self._sealing.seal_finished, wake=finished),
            every(RETENTION_SECONDS, "log retention", self._delete_expired),
        ):
            self._tasks.append(asyncio.create_task(work))

    async def stop(self) -> None:
        """Stop taking messages; what was being stored is stored to its end."""
        await end_all(self._tasks)
        if self._reports is not None:
            with contextlib.suppress(Exception):
                await self._reports.stop()
        for pool in (self._requests_pool, self._recorder_pool, self._periodic_pool):
            await asyncio.to_thread(pool.shutdown)
        if self._client is not None:
            with contextlib.suppress(Exception):
                await within(CLOSE_SECONDS, self._client.close())
        self._live.close()

    @property
    def _data(self) -> Path:
        return self._settings.data

    def _reconnected(self) -> None:
        if self._hints is not None:
            self._hints.reconnected()

    def _on_finished(self, event: asyncio.Event) -> Any:
        loop = asyncio.get_running_loop()

        def finished(waiting: list[tuple[str, str]]) -> None:
            loop.call_soon_threadsafe(event.set)
            for pool, arch in waiting:
                self._runs.hints.work(pool, arch)

        return finished

    def _reap(self) -> None:
        self._recorder.forget(self._leases.reap())

    def _delete_expired(self) -> None:
        self._sealing.remove_leftovers()
        self._sealing.delete_expired(self._settings.retention.logs_days)

    def _log_base(self, run_id: str) -> int:
        """Where the log of a new attempt begins. From now on the recorder takes nothing more from an older one."""
        self._recorder.forget([run_id])
        return self._live.size(run_id)
