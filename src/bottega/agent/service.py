"""The agent: adopts what its runners did while it was away, renews their leases, takes new runs, forwards journals."""

import asyncio
import contextlib
import os
import shutil
import socket
from pathlib import Path

import nats
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from bottega import __version__
from bottega.agent.attempt import Attempt, lost_runner
from bottega.agent.identity import AgentIdentity, host_arch
from bottega.agent.sandbox import Facilities, probe, sweep_leftovers
from bottega.agent.spec import runner_spec
from bottega.agent.spool import Spool, SpoolError, bind_datagrams, boottime
from bottega.runs import messages
from bottega.runs.messages import (
    ClaimedRun,
    ClaimReply,
    ClaimRequest,
    Offer,
    RenewReply,
    RenewRequest,
    Report,
    StopOrder,
    Stored,
)
from bottega.settings import Settings

RENEWS_PER_LEASE = 9
RETRY_SECONDS = 1.0
MARGIN_SHARE = 0.2
REQUEST_SECONDS = 5.0
HINT_WAIT_SECONDS = 10.0
FIRST_DEADLINE_SHARE = 0.8

log = structlog.get_logger(__name__)


class AgentService:
    """One per host and identity; ``folder`` holds spools, workspaces and mirrors."""

    def __init__(self, settings: Settings, identity: AgentIdentity, folder: Path) -> None:
        self._settings = settings
        self._identity = identity
        self._folder = folder
        self._slots = settings.agent.slots or os.cpu_count() or 1
        self._facilities: Facilities
        self._client: Client
        self._stream: JetStreamContext
        self._attempts: dict[str, Attempt] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()
        self._lease_seconds = settings.runs.lease_seconds

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until ``stopping`` is set. Running builds are not touched when the agent ends."""
        self._prepare_folders()
        self._facilities = await asyncio.to_thread(probe)
        log.info("sandbox chosen", sandbox=self._facilities.describe(), notes=self._facilities.notes)
        notify = bind_datagrams(self._notify_path)
        asyncio.get_running_loop().add_reader(notify.fileno(), self._on_notify, notify)
        await self._connect()
        self._adopt()
        tasks = [
            asyncio.create_task(self._renew_forever()),
            asyncio.create_task(self._claim_forever()),
        ]
        stop = asyncio.create_task(stopping.wait())
        done, _ = await asyncio.wait([stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in (stop, *tasks, *self._tasks):
            task.cancel()
        asyncio.get_running_loop().remove_reader(notify.fileno())
        notify.close()
        with contextlib.suppress(NatsError, OSError, TimeoutError):
            await asyncio.wait_for(self._client.close(), 2)
        for task in done - {stop}:
            task.result()

    @property
    def _notify_path(self) -> Path:
        return self._folder / "notify"

    @property
    def _offer(self) -> Offer:
        return Offer(
            version=__version__,
            arch=host_arch(),
            slots=self._slots,
            sandbox=self._facilities.describe(),
            sandbox_level=str(self._facilities.level),
            notes=list(self._facilities.notes),
        )

    def _prepare_folders(self) -> None:
        for name in ("spool", "work", "mirrors"):
            (self._folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        # Build users pass through these on the way to their own workspace; they cannot list them.
        for open_folder in (self._folder, self._folder / "work"):
            open_folder.chmod(0o711)

    async def _connect(self) -> None:
        identity = self._identity
        self._client = await nats.connect(
            identity.url,
            name=f"agent {identity.name}",
            user=identity.agent_id,
            password=identity.key,
            inbox_prefix=f"_INBOX_{identity.agent_id}".encode(),
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,
            error_cb=self._on_error,
        )
        self._stream = self._client.jetstream(timeout=REQUEST_SECONDS)
        subject = messages.control_subject(identity.agent_id, "*")
        await self._client.subscribe(subject, cb=self._on_message)

    async def _on_error(self, error: Exception) -> None:
        log.debug("messaging error", error=repr(error))

    async def _on_message(self, message: Msg) -> None:
        verb = message.subject.rpartition(".")[2]
        if verb == "stored":
            answer = messages.decode(message.data, type=Stored)
            attempt = self._attempts.get(answer.run_id)
            if attempt is not None and attempt.spool.attempt == answer.attempt:
                attempt.on_stored(answer)
        elif verb == "stop":
            order = messages.decode(message.data, type=StopOrder)
            attempt = self._attempts.get(order.run_id)
            if attempt is not None:
                attempt.stop(order.grace_seconds)

    def _on_notify(self, notify: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            while notify.recv(64):
                continue
        for attempt in self._attempts.values():
            attempt.wake()

    def _adopt(self) -> None:
        spools = Spool.scan(self._folder / "spool")
        sweep_leftovers({spool.path.name for spool in spools if spool.runner_alive()})
        for spool in spools:
            try:
                spec = spool.spec()
            except SpoolError:
                spool.remove()
                continue
            slot = max(0, (spec["uid"] or 0) - self._settings.agent.first_uid)
            log.info(
                "attempt adopted", run_id=spool.run_id, attempt=spool.attempt, alive=spool.runner_alive()
            )
            self._follow(spool, slot, spec["recorder_id"], spec["lease_token"])

    def _follow(self, spool: Spool, slot: int, recorder_id: str, lease_token: str) -> None:
        attempt = Attempt(
            spool,
            slot=slot,
            recorder_id=recorder_id,
            lease_token=lease_token,
            send=self._send,
            remains=self._kill_remains,
        )
        self._attempts[spool.run_id] = attempt
        task = asyncio.create_task(self._follow_to_end(attempt))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow_to_end(self, attempt: Attempt) -> None:
        while True:
            try:
                await attempt.follow()
                break
            except Exception:
                log.exception("following an attempt failed", run_id=attempt.spool.run_id)
                await asyncio.sleep(RETRY_SECONDS)
        if self._attempts.get(attempt.spool.run_id) is attempt:
            del self._attempts[attempt.spool.run_id]
        self._freed.set()

    def _kill_remains(self, name: str) -> None:
        keep = {attempt.spool.path.name for attempt in self._attempts.values()} - {name}
        sweep_leftovers(keep)

    async def _send(self, recorder_id: str, report: Report) -> None:
        subject = messages.report_subject(recorder_id, self._identity.agent_id)
        await self._stream.publish(subject, messages.encode(report))

    async def _renew_forever(self) -> None:
        while True:
            try:
                await self._renew()
            except (NatsError, OSError, TimeoutError) as error:
                log.warning("leases not renewed", error=repr(error))
                await asyncio.sleep(0.2)
            await asyncio.sleep(
                min(self._settings.runs.renew_seconds, self._lease_seconds / RENEWS_PER_LEASE)
            )

    async def _renew(self) -> None:
        sent_at = boottime()
        holdings = [attempt.holding for attempt in self._attempts.values()]
        request = RenewRequest(offer=self._offer, holdings=holdings)
        subject = messages.request_subject(self._identity.agent_id, "renew")
        answer = await self._client.request(subject, messages.encode(request), timeout=REQUEST_SECONDS)
        reply = messages.decode(answer.data, type=RenewReply)
        self._lease_seconds = reply.lease_seconds
        for renewal in reply.renewals:
            attempt = self._attempts.get(renewal.run_id)
            if attempt is None or attempt.spool.attempt != renewal.attempt:
                continue
            if renewal.held and renewal.recorder_id:
                attempt.recorder_id = renewal.recorder_id
            margin = reply.lease_seconds * MARGIN_SHARE
            attempt.on_lease(
                held=renewal.held, sent_at=sent_at, lease_seconds=reply.lease_seconds, margin=margin
            )
            if renewal.stop:
                attempt.stop(renewal.stop_grace_seconds)

    async def _claim_forever(self) -> None:
        hints = None
        while True:
            self._freed.clear()
            try:
                await self._claim_all()
                if hints is None:
                    consumer = messages.work_consumer(self._identity.pool, host_arch())
                    hints = await self._stream.pull_subscribe_bind(consumer, messages.WORK_STREAM)
            except (NatsError, OSError, TimeoutError) as error:
                log.debug("claim failed", error=repr(error))
                await asyncio.sleep(0.2)
                continue
            if len(self._attempts) >= self._slots:
                await self._freed.wait()
                continue
            with contextlib.suppress(NatsError, OSError, TimeoutError):
                for hint in await self._hint_or_freed_slot(hints):
                    await self._claim_all()
                    await hint.ack()

    async def _hint_or_freed_slot(self, hints: JetStreamContext.PullSubscription) -> list[Msg]:
        """Hints that arrived; none when a slot became free first: the caller then asks at once, unprompted."""
        fetch = asyncio.create_task(hints.fetch(1, timeout=HINT_WAIT_SECONDS))
        freed = asyncio.create_task(self._freed.wait())
        try:
            await asyncio.wait([freed, fetch], return_when=asyncio.FIRST_COMPLETED)
            return await fetch if fetch.done() else []
        finally:
            freed.cancel()
            fetch.cancel()
            await asyncio.gather(freed, fetch, return_exceptions=True)

    async def _claim_all(self) -> None:
        while len(self._attempts) < self._slots and self._has_room():
            sent_at = boottime()
            subject = messages.request_subject(self._identity.agent_id, "claim")
            request = messages.encode(ClaimRequest(offer=self._offer))
            answer = await self._client.request(subject, request, timeout=REQUEST_SECONDS)
            reply = messages.decode(answer.data, type=ClaimReply)
            if reply.run is None:
                return
            run = reply.run
            taken = {attempt.slot for attempt in self._attempts.values()}
            slot = next(number for number in range(self._slots) if number not in taken)
            spec = runner_spec(
                run,
                facilities=self._facilities,
                uid=self._settings.agent.first_uid + slot if os.geteuid() == 0 else None,
                work=self._folder / "work",
                mirrors=self._folder / "mirrors",
                notify_socket=self._notify_path,
            )
            try:
                spool = Spool.create(self._folder / "spool", run.run_id, run.attempt, spec)
                spool.set_deadline(sent_at + run.lease_seconds * FIRST_DEADLINE_SHARE)
                spool.start_runner()
            except (SpoolError, OSError) as error:
                await self._give_back(run, f"the agent cannot start the run: {error}")
                return
            log.debug("run taken", run_id=run.run_id, attempt=run.attempt, slot=slot)
            self._follow(spool, slot, run.recorder_id, run.lease_token)

    async def _give_back(self, run: ClaimedRun, reason: str) -> None:
        log.error("run given back", run_id=run.run_id, reason=reason)
        report = Report(
            run_id=run.run_id,
            attempt=run.attempt,
            lease_token=run.lease_token,
            log_offset=0,
            log=b"",
            first_event=0,
            events=[lost_runner(seq=0, log_size=0, reason=reason)],
        )
        await self._send(run.recorder_id, report)

    def _has_room(self) -> bool:
        free = shutil.disk_usage(self._folder).free
        if free < self._settings.retention.min_free_bytes:
            log.warning("disk is low: no new runs are taken", free_bytes=free)
            return False
        return True
