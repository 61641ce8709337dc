"""A new server's SQLite database, brought up to date once per process: all migrations take longer than most tests."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from bottega.app import bring_schema_up, open_database
from bottega.settings import Settings


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="bottega-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = open_database(Settings(data_dir=str(folder / "data")))
    bring_schema_up(database)
    database.close()
    (file,) = (folder / "data").glob("*.db")
    return file


def put_database(data: Path) -> None:
    """Put a copy where a server with this data folder looks for its own."""
    data.mkdir(mode=0o711, parents=True, exist_ok=True)
    shutil.copyfile(_template(), data / _template().name)
