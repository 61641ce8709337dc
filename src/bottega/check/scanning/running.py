"""Running analysers within bounds: time, memory, what they write; and to the last of their processes."""

import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from bottega.check.engines.base import Completed, EngineFailed

MAX_OUTPUT = 1 << 30
"""Bytes in one file that an analyser writes, its output among them."""
_GRACE = 5.0

# The data segment bounds what is really written to: a virtual machine reserves far more than it uses. Where the
# system has a lower limit already, that one holds.
_SHELL = """ulimit -c 0
ulimit -d "$1" 2>/dev/null || :
ulimit -f "$2" 2>/dev/null || :
shift 2
exec "$@"
"""
_FSIZE_BLOCK, _KIB = 512, 1024
_PASSED = ("PATH", "HOME", "LANG", "TMPDIR", "JAVA_HOME", "LD_LIBRARY_PATH", "SYSTEMROOT", "BOTTEGA_PMD_HOME")


class Processes:
    """The analysers that run now, so that all of them can be ended at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: set[int] = set()
        self._stopped = False

    def add(self, group: int) -> None:
        with self._lock:
            self._groups.add(group)
            stopped = self._stopped
        if stopped:
            kill_group(group)

    def remove(self, group: int) -> None:
        with self._lock:
            self._groups.discard(group)

    def stop(self) -> None:
        """Kill all of them, and every one that is started later."""
        with self._lock:
            self._stopped = True
            groups = list(self._groups)
        for group in groups:
            kill_group(group)


def kill_group(group: int) -> None:
    """End a process and all that it started in its group."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


class BoundedRunner:
    """Runs the commands of one engine until ``deadline`` (monotonic), each for ``seconds`` at most."""

    def __init__(
        self, processes: Processes, scratch: Path, *, deadline: float, seconds: float, memory_bytes: int
    ) -> None:
        self._processes = processes
        self._scratch = scratch
        self._deadline = deadline
        self._seconds = seconds
        self._memory = memory_bytes

    def __call__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        """Run it to its end. Raises :class:`EngineFailed` for one that had to be killed or could not be started."""
        left = min(self._seconds, self._deadline - time.monotonic())
        if left <= 0:
            raise EngineFailed("the time for this engine is over")
        with (
            tempfile.TemporaryFile(dir=self._scratch) as given,
            tempfile.TemporaryFile(dir=self._scratch) as output,
            tempfile.TemporaryFile(dir=self._scratch) as errors,
        ):
            given.write(stdin)
            given.seek(0)
            code = self._run(command, folder, env or {}, left, (given, output, errors))
            output.seek(0)
            errors.seek(0)
            return Completed(code=code, stdout=output.read(), stderr=errors.read(1 << 20))

    def _run(
        self,
        command: Sequence[str],
        folder: Path,
        env: Mapping[str, str],
        seconds: float,
        files: tuple[IO[bytes], IO[bytes], IO[bytes]],
    ) -> int:
        limits = [str(max(1, self._memory // _KIB)), str(MAX_OUTPUT // _FSIZE_BLOCK)]
        given, output, errors = files
        try:
            process = subprocess.Popen(
                ["sh", "-c", _SHELL, "sh", *limits, *command],
                cwd=folder,
                env=environment(env),
                stdin=given,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        except OSError as error:
            raise EngineFailed(f"{Path(command[0]).name} cannot be started: {error.strerror}") from None
        self._processes.add(process.pid)
        try:
            code = _wait(process, seconds)
        except subprocess.TimeoutExpired:
            raise EngineFailed(f"killed after {seconds:.0f} s") from None
        finally:
            # Also what it left behind in its group.
            kill_group(process.pid)
            process.wait(_GRACE)
            self._processes.remove(process.pid)
        if code == -signal.SIGXFSZ:
            raise EngineFailed(f"wrote more than {MAX_OUTPUT >> 20} MiB")
        if code < 0:
            raise EngineFailed(f"killed by signal {-code}")
        return code


def _wait(process: subprocess.Popen[bytes], seconds: float) -> int:
    """Its exit code, at the moment of its end: the library looks at it 20 times a second. Raises TimeoutExpired."""
    ended = os.pidfd_open(process.pid)
    try:
        select.select([ended], [], [], seconds)
    finally:
        os.close(ended)
    return process.wait(timeout=0)


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The variables an analyser gets: few of ours, and its own."""
    ours = {name: os.environ[name] for name in _PASSED if name in os.environ}
    return {"LC_ALL": "C.UTF-8", "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1", **ours, **extra}
