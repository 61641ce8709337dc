"""``bottega agent``: take and run builds on this host."""

from pathlib import Path


def agent(
    *,
    data_dir: Path | None = None,
    identity: Path | None = None,
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
    config
        Settings file (TOML).
    end_with_parent
        End when the process that started this one ends (used by "bottega serve").
    """
    import asyncio
    import os
    import signal

    from bottega.agent.identity import IdentityError, load_identity
    from bottega.agent.lifetime import end_with_parent_process, hold_folder
    from bottega.agent.service import AgentService
    from bottega.cli.options import fail, settings_from
    from bottega.logging import configure

    settings = settings_from(data_dir, config)
    folder = settings.data / "agent"
    try:
        who = load_identity(identity or folder / "agent.json")
    except IdentityError as error:
        fail(str(error))
    configure(component="agent", debug=bool(os.environ.get("BOTTEGA_DEBUG")))
    if end_with_parent:
        end_with_parent_process()
    held = hold_folder(folder)
    if held is None:
        fail(f"another agent works in {folder}")

    async def run() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        await AgentService(settings, who, folder).run(stopping)

    asyncio.run(run())
