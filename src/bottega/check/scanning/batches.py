"""Cutting an engine's files into calls, and finding the file that breaks one."""

import time
from collections.abc import Callable, Sequence

import msgspec

from bottega.check.engines.base import Analysis, Engine, EngineFailed
from bottega.check.scanning.inventory import SourceFile

MAX_SOURCE = 16 << 20
"""Bytes of code in one call, which bounds what an analyser answers at once."""
MAX_NAMES = 400_000
"""Bytes of file names in one call: a command line may have 2 MiB, variables among them."""
_NAME_EXTRA = 200
RETRIES = 40
"""How many further calls are made to find files that break an engine."""
HOPELESS = 6
"""An engine that broke so often without one success is broken itself."""


def cut(engine: Engine, files: Sequence[SourceFile], cores: int) -> list[list[SourceFile]]:
    """The files of each call."""
    if engine.whole_project or not files:
        return [list(files)] if files else []
    most = engine.batch or len(files)
    if not engine.uses_cores and engine.batch and len(files) >= 2 * cores:
        most = min(most, -(-len(files) // cores))
    batches: list[list[SourceFile]] = []
    batch: list[SourceFile] = []
    source = names = 0
    for file in files:
        name = len(file.name) + _NAME_EXTRA
        if batch and (len(batch) >= most or source + file.size > MAX_SOURCE or names + name > MAX_NAMES):
            batches.append(batch)
            batch, source, names = [], 0, 0
        batch.append(file)
        source += file.size
        names += name
    return [*batches, batch]


class Outcome(msgspec.Struct):
    """What came of a call and of those that were made in its place; ``failed`` are files nobody looked at, with why."""

    analyses: list[Analysis] = []
    failed: dict[str, str] = {}


class Budget:
    """The time of one engine, which begins with its first call, and how many further calls it may still have."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._left = RETRIES
        self._broke = 0
        self._worked = False
        self.began = 0.0
        self.ended = 0.0

    def begin(self) -> float:
        """A call begins. Returns when the engine's time is over (monotonic)."""
        self.began = self.began or time.monotonic()
        return self.began + self._seconds

    def worked(self) -> None:
        self._worked = True

    def may_go_on(self) -> bool:
        """Whether another call may be made after one that broke."""
        self._broke += 1
        if self._left <= 0 or time.monotonic() >= self.began + self._seconds:
            return False
        if not self._worked and self._broke > HOPELESS:
            return False
        self._left -= 1
        return True


def attempt(
    call: Callable[[Sequence[SourceFile]], Analysis], files: Sequence[SourceFile], budget: Budget
) -> Outcome:
    """Call the engine for these files; when it breaks, for halves of them, so that a file costs only itself."""
    outcome = Outcome()
    pending = [list(files)]
    budget.begin()
    while pending:
        batch = pending.pop()
        try:
            outcome.analyses.append(call(batch))
        except EngineFailed as error:
            reason = str(error)
        except Exception as error:
            reason = f"its answer cannot be read: {type(error).__name__}: {error}"[:500]
        else:
            budget.worked()
            continue
        if len(batch) > 1 and budget.may_go_on():
            middle = len(batch) // 2
            pending += [batch[middle:], batch[:middle]]
        else:
            outcome.failed |= {file.name: reason for file in batch}
    budget.ended = time.monotonic()
    return outcome
