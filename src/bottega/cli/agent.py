"""``bottega agent``: take and run builds on this host."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bottega.agent.identity import AgentIdentity

STOP_SECONDS = 3.0


def agent(
    *,
    data_dir: Path | None = None,
    identity: Path | None = None,
    identity_stdin: bool = False,
    config: Path | None = None,
    end_with_parent: bool = False,
) -> None:
    """Run an agent until it is told to stop; running builds go on without it and are adopted at the next start.

    Parameters
    ----------
    data_dir
        Where spools, workspaces and mirrors are kept (in the folder "agent" below it).
    identity
        The agent's file, as "bottega admin add-agent" wrote it; default: agent/agent.json in the data folder.
    identity_stdin
        Read the content of that file from standard input instead.
    config
        Settings file (TOML).
    end_with_parent
        End when the process that started this one ends (used by "bottega serve").
    """
    from bottega.agent.lifetime import end_with_parent_process, hold_folder
    from bottega.cli.importing import importing
    from bottega.cli.options import FAILURE_EXIT, fail, require_git, settings_from
    from bottega.failures import os_failure
    from bottega.logging import configure

    if end_with_parent:
        end_with_parent_process()
    settings = settings_from(data_dir, config)
    require_git()
    folder = settings.data / "agent"

    with importing():
        import asyncio
        import contextlib
        import signal

        import uvloop

        from bottega.agent.sandbox import probe
        from bottega.agent.service import AgentService

    facilities = probe()
    who = _identity(None if identity_stdin else identity or folder / "agent.json")
    configure(component="agent", debug=settings.debug)
    try:
        held = hold_folder(folder)
    except OSError as error:
        fail(os_failure(error), FAILURE_EXIT)
    if held is None:
        fail(f"another agent works in {folder}", FAILURE_EXIT)

    async def run() -> None:
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        service = AgentService(settings, who, folder, facilities)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, service.look_again)
        loop.add_signal_handler(signal.SIGUSR1, service.drain, True)
        loop.add_signal_handler(signal.SIGUSR2, service.drain, False)
        working = asyncio.create_task(service.run(stopping))
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait([working, stop], return_when=asyncio.FIRST_COMPLETED)
        # It looks at the event once it is connected, which may never be.
        await asyncio.wait([working], timeout=STOP_SECONDS)
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


def _identity(path: Path | None) -> "AgentIdentity":
    import sys

    from bottega.agent.identity import IdentityError, load_identity, read_identity
    from bottega.cli.options import fail

    try:
        if path is not None:
            return load_identity(path)
        content = sys.stdin.buffer.read()
        if not content:
            # The server that was to send it has ended, and has said why itself.
            sys.exit(0)
        return read_identity(content, "standard input")
    except IdentityError as error:
        fail(str(error))
