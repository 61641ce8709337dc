"""From a claimed run to a runner that works on it."""

import asyncio
import os
from pathlib import Path

import structlog

from bottega.agent.attempt import lost_runner
from bottega.agent.containers.wanted import wants_engine
from bottega.agent.following import Following
from bottega.agent.link import UNREACHABLE, Link
from bottega.agent.offering import Offering
from bottega.agent.spec import runner_spec
from bottega.agent.spool import Spool, SpoolError, boottime
from bottega.runs.messages import ClaimedRun, Report, SecretFileReply, SecretFileRequest
from bottega.settings import AgentSettings

FIRST_DEADLINE_SHARE = 0.8
"""Of the lease: until the first renewal says more."""
FETCHING_SHARE = 0.5
"""Of the lease: how long a run's files are asked for, and a look for a container engine is waited for."""
RETRY_SECONDS = 0.2

log = structlog.get_logger(__name__)


class Starting:
    """Starts runs, or gives them back."""

    def __init__(
        self,
        folder: Path,
        settings: AgentSettings,
        following: Following,
        offering: Offering,
        link: Link,
        *,
        server_url: str,
        region: str,
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._following = following
        self._offering = offering
        self._link = link
        self._server_url = server_url
        self._region = region

    async def start(self, run: ClaimedRun, sent_at: float) -> None:
        """Start the run that was claimed by the request sent at ``sent_at`` (boot time).

        A run that cannot be started is given back and gets another attempt, and this agent takes no more for a while:
        what is wrong here (a full disk, no more processes) would cost the next one an attempt too.
        """
        until = sent_at + run.lease_seconds * FETCHING_SHARE
        files = await self._fetch_files(run, until)
        if self._offering.toolbox.engine is None and wants_engine(run.spec["steps"]):
            # Only in the first seconds of a new agent.
            await self._offering.toolbox.known(max(until - boottime(), 0.0))
        slot = self._following.free_slot()
        spec = runner_spec(
            run,
            facilities=self._offering.facilities,
            uid=self._settings.first_uid + slot if os.geteuid() == 0 else None,
            work=self._folder / "work",
            mirrors=self._folder / "mirrors",
            notify_socket=self._folder / "notify",
            files=files,
            toolbox=self._offering.toolbox,
            settings=self._settings,
            region=self._region,
            server_url=self._server_url,
        )
        spool: Spool | None = None
        try:
            spool = Spool.create(self._folder / "spool", run.run_id, run.attempt, spec)
            for number, file in enumerate(files):
                spool.write_file(number, file.content)
            spool.set_deadline(sent_at + run.lease_seconds * FIRST_DEADLINE_SHARE)
            spool.start_runner()
        except (SpoolError, OSError) as error:
            if spool is not None:
                spool.remove()
            self._offering.cannot_start(f"runs cannot be started: {error}")
            await self._give_back(run, f"the agent cannot start the run: {error}")
            return
        log.debug("run taken", run_id=run.run_id, attempt=run.attempt, slot=slot)
        self._following.follow(spool, slot, run.recorder_id, run.lease_token)

    async def _fetch_files(self, run: ClaimedRun, until: float) -> list[SecretFileReply]:
        """What the run may have, and why not for the rest.

        Raises one of ``UNREACHABLE`` when nobody has answered by ``until`` (boot time); the lease then ends by itself.
        """
        files: list[SecretFileReply] = []
        while len(files) < len(run.secret_files):
            request = SecretFileRequest(
                run_id=run.run_id,
                attempt=run.attempt,
                lease_token=run.lease_token,
                name=run.secret_files[len(files)],
            )
            try:
                files.append(await self._link.request("file", request, SecretFileReply))
            except UNREACHABLE:
                # The control plane may be in the middle of a restart.
                if boottime() > until:
                    raise
                await asyncio.sleep(RETRY_SECONDS)
        return files

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
        await self._link.report(run.recorder_id, report)
