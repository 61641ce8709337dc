"""The agent a complete server brings along: ``bottega agent`` as a child process.

Imports little, because it is started before the server imports the rest of itself: the two do that side by side.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
from pathlib import Path

from bottega.awaiting import within

STOP_SECONDS = 4.0


class EmbeddedAgent:
    """Launched early, told who it is once that is known; it ends with this process, its running builds do not."""

    def __init__(self, data: Path, config: Path | None) -> None:
        self._arguments = ["--data-dir", str(data), "--identity-stdin", "--end-with-parent"]
        if config is not None:
            self._arguments += ["--config", str(config)]
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Start the process; it waits for :meth:`tell`."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bottega", "agent", *self._arguments],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def tell(self, identity: bytes) -> None:
        """Let it work as the agent of this identity (the JSON of its file)."""
        assert self._process is not None and self._process.stdin is not None  # noqa: S101 - launch() comes first
        # One that has ended already is noticed by wait().
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(identity)
            self._process.stdin.close()

    async def wait(self) -> int:
        """The exit code, once there is one."""
        process = self._process
        assert process is not None  # noqa: S101 - launch() comes first
        if process.poll() is None:
            ended = asyncio.Event()
            loop = asyncio.get_running_loop()
            handle = os.pidfd_open(process.pid)
            loop.add_reader(handle, ended.set)
            try:
                await ended.wait()
            finally:
                loop.remove_reader(handle)
                os.close(handle)
        return process.wait()

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL; builds go on in their runners."""
        if self._process is None:
            return
        self._process.terminate()
        with contextlib.suppress(TimeoutError):
            await within(STOP_SECONDS, self.wait())
        self.kill()

    def kill(self) -> None:
        """SIGKILL, unless it has ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
