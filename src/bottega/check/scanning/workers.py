"""The processes that look at files, one for each core; they are started when there is something to do."""

import os
import select
import subprocess
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Self

import msgspec

from bottega.check.scanning.looking import Look, Seen
from bottega.check.scanning.running import Processes, environment, kill_group
from bottega.check.scanning.worker import LENGTH, Answer

_SECONDS = 30.0
"""For one file, whose size is bounded: a parser that takes longer is not coming back."""
_WORTH_MORE = 25
_SHELL = 'ulimit -c 0; ulimit -d "$1" 2>/dev/null || :; shift; exec "$@"'
_MEMORY_KIB = 2 << 20


class WorkerFailed(Exception):
    """A worker did not answer for a file; the text says why."""


class Workers:
    """Looks at files of ``folder`` side by side. To be closed."""

    def __init__(self, folder: Path, scratch: Path, cores: int, processes: Processes) -> None:
        self._folder = folder
        self._scratch = scratch
        self._processes = processes
        self._mine = threading.local()
        self._started: list[subprocess.Popen[bytes]] = []
        self._cores = max(1, cores)
        self._pools: dict[int, ThreadPoolExecutor] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for pool in self._pools.values():
            pool.shutdown(cancel_futures=True)
        for process in list(self._started):
            self._end(process)

    def look(self, tasks: Iterable[Look]) -> "list[Future[Seen]]":
        """Begin with all of these. A future raises :class:`WorkerFailed` for a file that could not be looked at."""
        wanted = list(tasks)
        pool = self._pool(len(wanted))
        return [pool.submit(self._look, task) for task in wanted]

    def expect(self) -> None:
        """A few files will have to be looked at: a process starts now, to be ready for them."""
        self._pool(1).submit(self._process)

    def _pool(self, tasks: int) -> ThreadPoolExecutor:
        # A process takes longer to start than a few files take to look at.
        count = self._cores if tasks > _WORTH_MORE else 1
        if count not in self._pools:
            self._pools[count] = ThreadPoolExecutor(count, thread_name_prefix="look")
        return self._pools[count]

    def _process(self) -> subprocess.Popen[bytes]:
        """That of this thread."""
        process: subprocess.Popen[bytes] | None = getattr(self._mine, "process", None)
        if process is None:
            process = self._mine.process = self._start()
        return process

    def _look(self, task: Look) -> Seen:
        process = self._process()
        try:
            data = self._ask(process, msgspec.msgpack.encode(task))
        except (WorkerFailed, OSError) as error:
            self._mine.process = None
            self._end(process)
            raise WorkerFailed(str(error) or type(error).__name__) from None
        answer = msgspec.msgpack.decode(data, type=Answer)
        if answer.failure:
            raise WorkerFailed(answer.failure)
        return answer.seen

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [
                *("sh", "-c", _SHELL, "sh", str(_MEMORY_KIB)),
                *(sys.executable, "-P", "-m", "bottega.check.scanning.worker", str(self._folder)),
            ],
            cwd=self._scratch,
            env=environment({name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._processes.add(process.pid)
        self._started.append(process)
        return process

    def _ask(self, process: subprocess.Popen[bytes], data: bytes) -> bytes:
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(LENGTH.pack(len(data)) + data)
        process.stdin.flush()
        if not select.select([process.stdout], [], [], _SECONDS)[0]:
            raise WorkerFailed(f"no answer within {_SECONDS:.0f} s")
        header = process.stdout.read(LENGTH.size)
        if len(header) < LENGTH.size:
            raise WorkerFailed("the parser crashed")
        length = LENGTH.unpack(header)[0]
        answer = process.stdout.read(length)
        if len(answer) < length:
            raise WorkerFailed("the parser crashed")
        return answer

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        kill_group(process.pid)
        process.wait()
        self._processes.remove(process.pid)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue
        if process in self._started:
            self._started.remove(process)
