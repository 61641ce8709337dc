"""The rule catalogue of this machine, read once: asking all analysers takes longer than most tests together."""

import fcntl
import shutil
import time
from functools import cache
from pathlib import Path

from bottega.app import Services
from bottega.check.catalogue.catalogue import Catalogue

SHARED = Path(__file__).parents[2] / ".pytest_cache" / "rule-catalogue"


@cache
def shared_catalogue() -> Catalogue:
    """The catalogue, asked for by whichever test process comes first, and read once by each other one."""
    SHARED.parent.mkdir(exist_ok=True)
    with SHARED.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return Catalogue.load(SHARED)


def share_catalogue(services: Services) -> None:
    """Let these services use it instead of one of their own."""
    services.catalogues.folder = SHARED
    services.catalogues._known, services.catalogues._looked = shared_catalogue(), time.monotonic()


def keep_catalogue(folder: Path) -> None:
    """Put it where a server that is to be started would keep its own: below its data folder, in ``check``."""
    shared_catalogue()
    shutil.copytree(SHARED, folder)
