"""The process between a runner and its step, which lets nothing of the step survive.

It is forked from the runner for each step, is a child subreaper, starts the step as its child and waits. When
the step's main process ends, when the runner asks or when the runner itself is gone (its end of the control
socket closes, however it died), it kills whatever is left of the tree and only then ends with the exit code.
Being single-threaded, it is also the thread that bubblewrap's death signal needs to live on.
"""

from __future__ import annotations

import os
import select
import signal
import time

from . import cgroup_files, kernel, processes
from .launch import become

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

    from .attempt_group import AttemptGroup
    from .launch import Launch

# What a runner asks for by one byte on the control socket.
TERMINATE, KILL = b"T", b"K"

# How long a tree may take to die before the exit code is reported all the same; the runner then says so.
CLEARING_SECONDS = 5.0
# A request to terminate waits in these steps for a step that is still being started.
_RETRY_SECONDS = 0.005
_LONGEST_PAUSE_SECONDS = 0.05


def guard(
    launch: Launch, *, control_fd: int, status_fd: int, leaf: str, attempt: AttemptGroup, wrapped: bool
) -> None:
    """Run the step and end this process with its exit code; never returns.

    ``wrapped``: the child is bubblewrap, whose own two processes must not get a SIGTERM meant for the step.
    """
    _leave_the_runner({control_fd, status_fd, *launch.files.values()})
    kernel.become_subreaper()
    ready, wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.signal(signal.SIGCHLD, _ignore)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    # Closed by exec: tells that the step, not a copy of the runner, would receive a signal.
    executed, executing = os.pipe2(os.O_CLOEXEC)
    child = os.fork()
    if child == 0:
        os.close(control_fd)
        signal.set_wakeup_fd(-1)
        become(launch, status_fd)
    for fd in {executing, *launch.files.values()} - {status_fd}:
        os.close(fd)
    watch = _Watch(child, leaf, wrapped, executed)
    runner_is_gone = watch.until_over(control_fd, ready)
    if not watch.clear(ready, forever=runner_is_gone):
        os.write(status_fd, b'{"left": true}')
    if runner_is_gone:
        attempt.kill()
        attempt.remove()
    os._exit(watch.exit_code())


class _Watch:
    def __init__(self, child: int, leaf: str, wrapped: bool, executed_fd: int) -> None:
        self._child = child
        self._leaf = leaf
        self._wrapped = wrapped
        self._executed_fd = executed_fd
        self._status: int | None = None
        self._terminating = False

    def until_over(self, control_fd: int, ready_fd: int) -> bool:
        """Wait for the end of the step or a request to kill; True when the runner is gone."""
        poll = select.poll()
        poll.register(control_fd, select.POLLIN)
        poll.register(ready_fd, select.POLLIN)
        while self._reap() and self._status is None:
            events = dict(poll.poll(_RETRY_SECONDS * 1000 if self._terminating else None))
            _drain(ready_fd)
            if control_fd in events:
                request = os.read(control_fd, 64)
                if not request:
                    return True
                if KILL in request:
                    return False
                self._terminating = True
            if self._terminating and self._terminate():
                self._terminating = False
        return False

    def clear(self, ready_fd: int, *, forever: bool) -> bool:
        """Kill for ``CLEARING_SECONDS`` or ``forever`` until nothing is left; whether that was reached."""
        deadline = time.monotonic() + CLEARING_SECONDS
        pause = 0.001
        poll = select.poll()
        poll.register(ready_fd, select.POLLIN)
        first = True
        while self._reap() or (self._leaf and cgroup_files.populated(self._leaf)):
            if self._leaf:
                cgroup_files.kill(self._leaf)
            # A control group is emptied by the kernel alone in a moment; the sweep is for everything else.
            if not (first and self._leaf):
                processes.stop_and_kill(os.getpid())
            first = False
            if not forever and time.monotonic() > deadline:
                return False
            poll.poll(pause * 1000)
            _drain(ready_fd)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        return True

    def exit_code(self) -> int:
        """The step's exit code; 128+N when signal N ended it."""
        if self._status is None:
            return 128 + signal.SIGKILL
        code = os.waitstatus_to_exitcode(self._status)
        return code if code >= 0 else 128 - code

    def _reap(self) -> bool:
        """Collect what has ended; whether any child is left."""
        try:
            ended: Mapping[int, int] = processes.reap_all()
        except ChildProcessError:
            return False
        if self._child in ended:
            self._status = ended[self._child]
        return True

    def _terminate(self) -> bool:
        """SIGTERM to every process of the step; False while there is none yet."""
        if not self._executed():
            return False
        found = processes.descendants(os.getpid())
        family = set(found) | {os.getpid()}
        # Depth 1 is bubblewrap, depth 2 the first process of its namespace, which reaps.
        outermost = 3 if self._wrapped else 1
        targets = [pid for pid, depth in found.items() if depth >= outermost]
        reached = [processes.send(pid, signal.SIGTERM, family) for pid in targets]
        return any(reached)

    def _executed(self) -> bool:
        return bool(select.select([self._executed_fd], [], [], 0)[0])


def _leave_the_runner(keep: set[int]) -> None:
    """Take nothing of the runner along: its session, signals, descriptors and garbage collector passes."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGALRM,
        signal.SIGPIPE,
    ):
        signal.signal(number, signal.SIG_IGN)
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - import time
        fd = int(name)
        if fd not in keep:
            try:
                os.close(fd)
            except OSError:
                continue
    # A later descriptor must not become 0, 1 or 2 by accident.
    null = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        if fd not in keep and fd != null:
            os.dup2(null, fd)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """SIGCHLD only has to wake the poll."""


def _drain(fd: int) -> None:
    try:
        while os.read(fd, 4096):
            continue
    except BlockingIOError:
        return
