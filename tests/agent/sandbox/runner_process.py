"""A stand-in for the runner: a single-threaded subreaper that uses the sandbox on request.

Test workers have threads and must not become subreapers, so the tests talk to this process instead: one JSON
object per line in, one out.
"""

import contextlib
import json
import os
import select
import sys
import threading
import time
from typing import Any

from bottega.agent.sandbox import Bind, Command, Facilities, Limits, Running, Sandbox, sweep_leftovers
from bottega.agent.sandbox.kernel import become_subreaper


def pause(seconds: float) -> None:
    """The moment at which a step is hit is what the tests vary, so this is no waiting for a result."""
    select.select([], [], [], seconds)


class Desk:
    """What the tests can ask for; every method is one operation."""

    def __init__(self) -> None:
        self.sandbox: Sandbox | None = None
        self.steps: list[Running] = []

    def _box(self) -> Sandbox:
        assert self.sandbox is not None
        return self.sandbox

    def make(
        self, facilities: dict[str, Any], limits: dict[str, Any], binds: list[list[Any]], **rest: Any
    ) -> None:
        self.sandbox = Sandbox(
            facilities=Facilities.from_dict(facilities),
            limits=Limits.from_dict(limits),
            binds=[Bind(*bind) for bind in binds],
            **rest,
        )

    def start(self, output: str, stdin: str = "", thread: bool = False, **command: Any) -> list[int]:
        target = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._start_on(target, thread, Command(stdin=stdin.encode(), **command))
        os.close(target)
        return [len(self.steps) - 1, self.steps[-1].pid]

    def _start_on(self, target: int, thread: bool, command: Command) -> None:
        def begin() -> None:
            self.steps.append(self._box().start(command, target))

        if thread:
            # A thread that lives on for a moment and then ends, as those of a pool do.
            helper = threading.Thread(target=lambda: (begin(), pause(0.05)))
            helper.start()
            helper.join()
        else:
            begin()

    def start_and_stop(self, output: str, delay: float, **command: Any) -> bool:
        self.start(output, **command)
        pause(delay)
        return self._box().kill()

    def start_and_terminate(self, output: str, delay: float, **command: Any) -> int:
        self.start(output, **command)
        pause(delay)
        self.steps[-1].terminate()
        return len(self.steps) - 1

    def read_to_end(self, **command: Any) -> str:
        """Run a command with a pipe as a runner does, and read until nobody holds the pipe any more."""
        reading, writing = os.pipe()
        self._start_on(writing, False, Command(**command))
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            return pipe.read().decode(errors="replace")

    def wait(self, step: int, timeout: float) -> list[Any]:
        running = self.steps[step]
        running.wait_until(time.monotonic() + timeout)
        return [running.poll(), running.failure]

    def terminate(self, step: int) -> None:
        self.steps[step].terminate()

    def kill(self, step: int) -> int | None:
        self.steps[step].kill()
        return self.steps[step].poll()

    def kill_all(self) -> bool:
        return self._box().kill()

    def is_empty(self) -> bool:
        return self._box().is_empty()

    def usage(self) -> dict[str, float]:
        return self._box().usage()

    def close(self) -> None:
        self._box().close()

    def path(self, inside: str) -> str:
        return self._box().path(inside)

    def sweep(self, keep: list[str]) -> int:
        return sweep_leftovers(keep)


def main() -> None:
    become_subreaper()
    desk = Desk()
    for line in sys.stdin:
        operation, arguments = json.loads(line)
        try:
            answer = {"value": getattr(desk, operation)(**arguments)}
        except Exception as error:
            answer = {"error": type(error).__name__, "message": str(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    with contextlib.suppress(AssertionError):
        desk.close()


if __name__ == "__main__":
    main()
