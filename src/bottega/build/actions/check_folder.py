"""The folder that a scan shares with its runner: the plan goes in, the result and what is kept for next time come out.

While the scan runs the folder is that of the build's user, and what is found in it afterwards is read as an open file
that is no link.
"""

# pathlib's import costs a runner more than what is done here.
# ruff: noqa: PTH101, PTH102, PTH103, PTH118, PTH123, PTH208

from __future__ import annotations

import os
import stat
import sys

from bottega.agent.sandbox import Bind
from bottega.agent.spool import CHECKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from bottega.agent.runner.context import StepContext
    from bottega.build.actions.check_places import Places

PLAN, RESULT, CACHE, BASE = "plan", "result", "cache", "base"
WORKSPACE = "/workspace"
# Where nobody installs a program: what lies there on the host cannot be seen.
_INSIDE = "/run/bottega/check"
_PARENT_MODE = 0o711
_PASSED_ON = ("HOME", "PATH", "LANG", "TMPDIR")


class Unusable(Exception):
    """What the scan left cannot be used; the message says why."""


class CheckFolder:
    """One scan's folder, beside the workspace. Raises OSError where it cannot be made."""

    def __init__(self, ctx: StepContext) -> None:
        self._ctx = ctx
        parent = os.path.join(ctx.beside_workspace, CHECKS)
        os.makedirs(parent, exist_ok=True)
        # The build's user passes through, and cannot list what is there.
        os.chmod(parent, _PARENT_MODE)
        self._path = os.path.join(parent, str(len(os.listdir(parent))))
        os.mkdir(self._path, 0o700)

    def file(self, name: str) -> str:
        """Where a file of it is for the runner, who writes only before :meth:`hand_over`."""
        return os.path.join(self._path, name)

    def write(self, name: str, content: bytes) -> None:
        """Put a file there. Raises OSError."""
        with open(self.file(name), "xb") as file:
            file.write(content)

    def hand_over(self) -> None:
        """Give it to the build's user, and count what is in it with the disk of the attempt. Raises OSError."""
        ctx = self._ctx
        if ctx.uid is not None and ctx.uid != os.getuid():
            for name in os.listdir(self._path):
                os.chown(self.file(name), ctx.uid, ctx.uid)
            # Last, so that nobody else could have changed what is in there.
            os.chown(self._path, ctx.uid, ctx.uid)
        ctx.watch_size(self._path)

    @property
    def bind(self) -> Bind:
        """What shows it to commands of the sandbox."""
        return Bind(self._path, _INSIDE, writable=True)

    def shown(self, name: str) -> str:
        """Where a file of it is for a command of the sandbox."""
        inside = self._ctx.sandbox_path(WORKSPACE) == WORKSPACE
        return f"{_INSIDE if inside else self._path}/{name}"

    def scan(
        self, places: Places, source: str, *, base: str = "", binds: Iterable[Bind] = (), cache: bool = True
    ) -> int:
        """Scan the folder ``source`` of this host without network, and return the exit code.

        Where the sandbox can show it so, it is read-only. ``base`` is a folder as the scan sees it, with the state
        whose findings are left out; ``binds`` show it, unless it is in here.
        """
        ctx = self._ctx
        workspace = ctx.sandbox_path(WORKSPACE)
        shown = [*places.binds, self.bind, *binds]
        if workspace == WORKSPACE:
            shown.append(Bind(source, WORKSPACE))
        elif source != ctx.workspace:
            workspace = source
            shown.append(Bind(source, source))
        env = {name: value for name, value in ctx.env.items() if name in _PASSED_ON}
        # Isolated: what is looked at must not be imported.
        command = [sys.executable, "-I", "-B", "-m", "bottega.check.scanning"]
        command += [self.shown(PLAN), workspace, self.shown(RESULT)]
        if cache:
            command += ["--cache", self.shown(CACHE)]
        if base:
            command += ["--without", base]
        return ctx.run(command, env={**env, **places.env}, network=False, binds=shown)

    def open(self, name: str, most: int) -> tuple[int, int]:
        """A file that the scan has left, as a descriptor, and its size. Raises OSError, :class:`Unusable`."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(self.file(name), flags)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            os.close(descriptor)
            raise Unusable("the scan left something else than a file")
        if not 0 < status.st_size <= most:
            os.close(descriptor)
            raise Unusable(f"what the scan left has {status.st_size} bytes, {most} are allowed")
        return descriptor, status.st_size
