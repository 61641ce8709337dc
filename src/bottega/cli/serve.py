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
        Port to listen on (default: 8080).
    config
        Settings file (TOML); default: bottega.toml in the data folder, if it is there.
    no_agent
        Do not start an agent on this host.
    """
    import asyncio
    import os

    from bottega.cli.options import fail, settings_from
    from bottega.logging import configure

    os.umask(0o077)
    file = config if config is not None or data_dir is None else _beside(data_dir)
    settings = settings_from(
        data_dir, file, http={key: value for key, value in (("host", host), ("port", port)) if value}
    )
    configure(component="control", debug=bool(os.environ.get("BOTTEGA_DEBUG")))

    from bottega.migrate import SchemaError
    from bottega.runs.nats_server import NatsServerError
    from bottega.server import ServerError, run

    try:
        asyncio.run(run(settings, file, with_agent=not no_agent))
    except (SchemaError, NatsServerError, ServerError) as error:
        fail(str(error), code=1)


def _beside(data_dir: Path) -> Path | None:
    file = data_dir / "bottega.toml"
    return file if file.exists() else None
