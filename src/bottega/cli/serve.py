"""``bottega serve``: the whole server, or one replica of it."""

from pathlib import Path


def serve(
    *,
    data_dir: Path | None = None,
    host: str | None = None,
    port: int | None = None,
    config: Path | None = None,
    no_agent: bool = False,
) -> None:
    """Serve the API, with a broker and an agent of its own unless the settings name external ones.

    Parameters
    ----------
    data_dir
        Everything the server keeps is below this folder (default: bottega-data).
    host
        Address to listen on (default: 127.0.0.1).
    port
        Port to listen on (default: 8080); 0 takes any free one, and the log says which.
    config
        Settings file (TOML); default: bottega.toml in the data folder, if it is there.
    no_agent
        Do not start an agent on this host.
    """
    import os
    import traceback

    from bottega.cli.importing import importing
    from bottega.cli.options import FAILURE_EXIT, fail, require_git, settings_file, settings_from
    from bottega.embedded_agent import EmbeddedAgent

    os.umask(0o077)
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = settings_from(data_dir, config, http=given)
    agent = None
    if not no_agent:
        require_git()
        agent = EmbeddedAgent(settings.data, settings_file(data_dir, config))
        # It imports what it needs while this process does the same, and waits for its identity.
        agent.launch()

    with importing():
        from bottega.logging import configure
        from bottega.server import ServerError, run

    configure(component="control", debug=settings.debug)
    try:
        run(settings, agent)
    except ServerError as error:
        if settings.debug:
            traceback.print_exception(error)
        fail(str(error), FAILURE_EXIT)
    finally:
        if agent is not None:
            agent.kill()
