"""Clearing away what nobody needs any more: unused mirrors, and what attempts left that are no more."""

import threading
from pathlib import Path

import structlog

from bottega.agent.spool import Spool, delete_folder, is_attempt_name
from bottega.scm.garbage import collect_garbage

INTERVAL_SECONDS = 3600.0
FIRST_SECONDS = 60.0
"""After the start: what comes up with the machine shall not queue behind this."""

log = structlog.get_logger(__name__)


class Housekeeping:
    """Works on the folders of one agent. An attempt is alive as long as it has a spool folder, whoever follows it."""

    def __init__(self, folder: Path, mirrors_days: float) -> None:
        self._folder = folder
        self._mirrors_days = mirrors_days
        self._ended = threading.Event()

    def start(self) -> None:
        """Clean up from time to time, in a thread that ends with the process: packing a mirror takes minutes."""
        threading.Thread(target=self._clean_up_forever, name="housekeeping", daemon=True).start()

    def end(self) -> None:
        """Begin nothing more; what has begun goes on."""
        self._ended.set()

    def clean_up(self) -> None:
        """Once over everything. Safe beside running builds and beside their start."""
        self._delete_workspaces()
        collected = collect_garbage(self._folder / "mirrors", self._mirrors_days, self._alive)
        if collected.removed or collected.packed:
            log.info("mirrors cleaned up", removed=collected.removed, packed=collected.packed)
        for failure in collected.failures:
            log.warning("mirror not cleaned up", error=failure)

    def _clean_up_forever(self) -> None:
        wait = FIRST_SECONDS
        while not self._ended.wait(wait):
            wait = INTERVAL_SECONDS
            try:
                self.clean_up()
            except Exception:
                log.exception("housekeeping failed")

    def _delete_workspaces(self) -> None:
        work = self._folder / "work"
        # In this order: a spool folder is made before its workspace and deleted after it.
        found = [path for path in work.iterdir() if is_attempt_name(path.name)] if work.is_dir() else []
        alive = self._alive()
        for path in found:
            if path.name in alive:
                continue
            try:
                delete_folder(str(path))
            except OSError as error:
                log.warning("left-over workspace not deleted", error=str(error))
            else:
                log.info("left-over workspace deleted", attempt=path.name)

    def _alive(self) -> set[str]:
        return {spool.name for spool in Spool.scan(self._folder / "spool")}
