"""The agent, put together: it adopts what its runners did while it was away, and works until it is told to stop."""

import asyncio
import contextlib
import os
import socket
from pathlib import Path

import structlog

from bottega.agent.claiming import Claiming
from bottega.agent.following import Following
from bottega.agent.hints import Hints
from bottega.agent.housekeeping import Housekeeping
from bottega.agent.identity import AgentIdentity, host_arch
from bottega.agent.link import Link
from bottega.agent.offering import Offering
from bottega.agent.renewing import Renewing
from bottega.agent.sandbox import Facilities, probe, sweep_leftovers
from bottega.agent.spool import Spool, bind_datagrams
from bottega.agent.starting import Starting
from bottega.agent.tools.toolbox import Toolbox
from bottega.runs.messages import work_consumer
from bottega.settings import Settings

ADOPT_SECONDS = 60.0
"""Between two looks for spool folders that nobody follows."""

log = structlog.get_logger(__name__)


class AgentService:
    """One per host and identity; ``folder`` holds spools, workspaces and mirrors.

    ``facilities`` is what its runs are isolated with; None means the best that a probe finds.
    """

    def __init__(
        self, settings: Settings, identity: AgentIdentity, folder: Path, facilities: Facilities | None = None
    ) -> None:
        self._settings = settings
        self._identity = identity
        self._folder = folder
        self._facilities = facilities
        self._toolbox: Toolbox | None = None
        self._offering: Offering | None = None
        self._draining = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until ``stopping`` is set. Running builds are not touched when the agent ends."""
        settings, folder = self._settings, self._folder
        _prepare_folders(folder)
        facilities = self._facilities or await asyncio.to_thread(probe)
        log.info("sandbox chosen", sandbox=facilities.describe(), notes=facilities.notes)
        slots = settings.agent.slots or os.cpu_count() or 1
        link = Link(self._identity)
        toolbox = self._toolbox = Toolbox(folder, settings.agent, facilities)
        offering = self._offering = Offering(
            folder, settings.retention, facilities, slots, toolbox=toolbox, settings=settings.agent
        )
        offering.drain(self._draining)
        following = Following(folder, slots=slots, first_uid=settings.agent.first_uid, send=link.report)
        loop = asyncio.get_running_loop()
        stop = asyncio.create_task(stopping.wait())
        notify = bind_datagrams(folder / "notify")
        loop.add_reader(notify.fileno(), _on_notify, notify, following)
        housekeeping = Housekeeping(folder, settings.retention.mirrors_days)
        # A broker that is not there yet is waited for.
        work = [asyncio.create_task(link.connect(following.on_stored, following.on_stop))]
        try:
            await asyncio.wait([stop, *work], return_when=asyncio.FIRST_COMPLETED)
            if not stopping.is_set():
                work[0].result()
                work = self._begin(link, offering, following)
                housekeeping.start()
                done, _ = await asyncio.wait([stop, *work], return_when=asyncio.FIRST_COMPLETED)
                for task in done - {stop}:
                    task.result()
        finally:
            for task in (stop, *work):
                task.cancel()
            housekeeping.end()
            following.leave()
            loop.remove_reader(notify.fileno())
            notify.close()
            await link.close()

    def drain(self, draining: bool) -> None:
        """Take nothing new and end what is running, or take runs again. Call it in the event loop."""
        self._draining = draining
        if self._offering is not None:
            self._offering.drain(draining)
        log.info("draining" if draining else "not draining any more")

    def look_again(self) -> None:
        """Look for the host's tools now. Call it in the event loop."""
        if self._toolbox is not None:
            self._toolbox.look_again()

    def _begin(self, link: Link, offering: Offering, following: Following) -> list[asyncio.Task[None]]:
        """Adopt what is there, and start the loops."""
        settings, folder = self._settings, self._folder
        sweep_leftovers({spool.name for spool in Spool.scan(folder / "spool") if spool.runner_alive()})
        following.adopt()
        hints = Hints(link.stream, work_consumer(self._identity.pool, host_arch()))
        server_url = settings.agent.server_url or self._identity.server
        starting = Starting(
            folder,
            settings.agent,
            following,
            offering,
            link,
            server_url=server_url,
            region=settings.api.region,
        )
        claiming = Claiming(link, hints, following, offering, starting)
        link.on_back = claiming.reconnected
        loops = (
            Renewing(link, following, offering, settings.runs).renew_forever(),
            claiming.claim_forever(),
            offering.toolbox.look_forever(),
            _adopt_forever(following),
        )
        return [asyncio.create_task(loop) for loop in loops]


async def _adopt_forever(following: Following) -> None:
    """Nothing is ever left lying: whatever went wrong half-way is followed to its end within the interval."""
    while True:
        await asyncio.sleep(ADOPT_SECONDS)
        following.adopt()


def _prepare_folders(folder: Path) -> None:
    for name in ("spool", "work", "mirrors"):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    # Build users pass through these on the way to their own workspace; they cannot list them.
    for open_folder in (folder, folder / "work"):
        open_folder.chmod(0o711)


def _on_notify(notify: socket.socket, following: Following) -> None:
    with contextlib.suppress(BlockingIOError):
        while notify.recv(64):
            continue
    following.wake()
