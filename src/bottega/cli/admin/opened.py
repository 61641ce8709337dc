"""The options all admin commands share, and the server's own database behind them."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from bottega.settings import Settings
    from bottega.store.database import Database

FIRST_TENANT = "bottega"

DataDir = Annotated[Path | None, Parameter(help="The server's data folder.")]
Config = Annotated[
    Path | None, Parameter(help="Settings file (TOML); default: bottega.toml in the data folder.")
]
InTenant = Annotated[str, Parameter(help="The tenant's name.")]


class Opened:
    """What a command works on. ``database`` is at this version's schema."""

    def __init__(self, settings: "Settings", database: "Database") -> None:
        from bottega.data_folder import MASTER_KEY_FILE
        from bottega.iam.service import IamService
        from bottega.runs.agents import AgentRegistry
        from bottega.store.secrets import SecretBox

        secrets = SecretBox.open(settings.data / MASTER_KEY_FILE)
        self.secrets = secrets
        self.settings = settings
        self.database = database
        self.iam: IamService = IamService(database, secrets, settings)
        self.agents: AgentRegistry = AgentRegistry(database, secrets)


@contextmanager
def opened(data_dir: Path | None, config: Path | None) -> Generator[Opened]:
    """The services on the database of a server that was started before, whether it runs or not.

    Whatever goes wrong in the block ends the command with one line.
    """
    from bottega.app import open_database
    from bottega.cli.options import fail, settings_from
    from bottega.data_folder import MASTER_KEY_FILE
    from bottega.failures import failure
    from bottega.migrate import require_present

    settings = settings_from(data_dir, config)
    try:
        if not (settings.data / MASTER_KEY_FILE).exists():
            fail(
                f"{settings.data} is not the data folder of a server that was started before (no master.key)"
            )
        database = open_database(settings)
        try:
            require_present(database)
            found = Opened(settings, database)
            try:
                yield found
            finally:
                found.iam.close()
        finally:
            database.close()
    except Exception as error:
        fail(failure(error, settings))
