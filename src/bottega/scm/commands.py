"""Running git and its kin with a time limit, a size limit and their output in files.

The runner has one thread that must stay able to stop, so it cannot read a pipe itself: the output goes to files of
a private folder. The control plane uses the same chain, so that both behave alike.
"""

from __future__ import annotations

import itertools
import subprocess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    Start = Callable[[Sequence[str], Mapping[str, str], str], int]
    """Runs argv with exactly an environment in a folder and returns the exit code."""

_KILL_AFTER = "5s"
_MAX_OUTPUT = 64 * 1024**2

# The size limit is set by a try: where the hard limit is lower already, that one holds.
_SHELL = """out=$1 err=$2 size=$3
shift 3
ulimit -c 0
prlimit --pid $$ --fsize="$size" 2>/dev/null || :
exec "$@" >"$out" 2>"$err"
"""


class Completed:
    """How a command ended: ``code``, and its output, as it came and as text."""

    __slots__ = ("code", "errors", "output_bytes")

    def __init__(self, code: int, output: bytes, errors: bytes) -> None:
        self.code = code
        self.output_bytes = output
        self.errors = errors.decode("utf-8", "replace")

    @property
    def output(self) -> str:
        return self.output_bytes.decode("utf-8", "replace")


class Commands:
    """Runs commands through ``start``, keeping their output in the private ``folder``."""

    def __init__(self, start: Start, folder: Path) -> None:
        self._start = start
        self._folder = folder
        self._numbers = itertools.count()

    def run(
        self, argv: Sequence[str], env: Mapping[str, str], seconds: float, max_bytes: int = _MAX_OUTPUT
    ) -> Completed:
        """Run a command; after ``seconds`` it is stopped and its code is 124.

        No file that it writes gets larger than ``max_bytes``.
        """
        number = next(self._numbers)
        out, err = self._folder / f"{number}.out", self._folder / f"{number}.err"
        guard = ["timeout", "-k", _KILL_AFTER, f"{seconds:.3f}", "sh", "-c", _SHELL, "sh"]
        code = self._start([*guard, str(out), str(err), str(max_bytes), *argv], env, str(self._folder))
        completed = Completed(code, _content(out), _content(err))
        out.unlink(missing_ok=True)
        err.unlink(missing_ok=True)
        return completed


def start_directly(argv: Sequence[str], env: Mapping[str, str], cwd: str, keep: tuple[int, ...] = ()) -> int:
    """Run a command as a plain child; for callers that may block. ``keep`` are descriptors it shall inherit."""
    return subprocess.run(
        argv,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=keep,
        check=False,
    ).returncode


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
