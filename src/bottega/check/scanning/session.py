"""What all parts of one scan share."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from bottega.check.engines import Engine
from bottega.check.scanning.cache import Cache
from bottega.check.scanning.plan import ScanPlan
from bottega.check.scanning.running import BoundedRunner, Processes
from bottega.check.scanning.workers import Workers


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """``folder`` is scanned, ``scratch`` is a folder for anything. ``progress`` gets lines for the log."""

    plan: ScanPlan
    folder: Path
    scratch: Path
    cache: Cache
    workers: Workers
    processes: Processes
    progress: Callable[[str], None]
    engines: Mapping[str, Engine]

    def runner(self, scratch: Path, deadline: float, seconds: float) -> BoundedRunner:
        """Runs commands until ``deadline`` (monotonic), each for ``seconds`` at most."""
        return BoundedRunner(
            self.processes,
            scratch,
            deadline=deadline,
            seconds=seconds,
            memory_bytes=self.plan.limits.engine_memory_bytes,
        )
