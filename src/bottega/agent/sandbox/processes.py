"""Finding and killing every descendant of this process without control groups.

It rests on one fact: when the process is a child subreaper, whatever a step forks, daemonises or re-executes
either has a living ancestor below us or becomes our own child. So "no child left" proves "nothing left".
"""

from __future__ import annotations

import os
import signal
import time

_SWEEP_PAUSE_SECONDS = 0.002


def parents() -> dict[int, int]:
    """The parent of every process on the host that can be seen."""
    found: dict[int, int] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - import time
        if name.isdigit():
            parent = _parent(int(name))
            if parent is not None:
                found[int(name)] = parent
    return found


def descendants(ancestor: int) -> dict[int, int]:
    """Living and dead descendants of ``ancestor`` with their distance: 1 for a child, 2 for a grandchild."""
    children: dict[int, list[int]] = {}
    for pid, parent in parents().items():
        children.setdefault(parent, []).append(pid)
    depths: dict[int, int] = {}
    level, depth = children.get(ancestor, []), 1
    while level:
        depths.update(dict.fromkeys(level, depth))
        level = [child for pid in level for child in children.get(pid, [])]
        depth += 1
    return depths


def send(pid: int, signal_number: int, family: set[int]) -> bool:
    """Signal ``pid`` only while its parent is in ``family``, so that a reused number is never hit."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        if _parent(pid) not in family:
            return False
        signal.pidfd_send_signal(handle, signal_number)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def stop_and_kill(ancestor: int, keep: frozenset[int] = frozenset()) -> None:
    """One sweep: STOP descendants until no new ones appear, then KILL them all.

    Without the STOP a tree that forks faster than it is read would outrun the sweep. ``keep`` are children
    of ``ancestor`` that are left alone with everything below them.
    """
    stopped: set[int] = set()
    while True:
        found = set(descendants(ancestor))
        if keep:
            found -= keep.union(*(descendants(pid) for pid in keep))
        fresh = found - stopped
        if not fresh:
            break
        for pid in fresh:
            send(pid, signal.SIGSTOP, found | {ancestor})
        stopped |= fresh
    for pid in stopped:
        send(pid, signal.SIGKILL, stopped | {ancestor})


def sweep_orphans(keep: frozenset[int], seconds: float = 0.0) -> bool:
    """Kill and reap every child of this process and what is below, but ``keep``; whether none was left.

    Tries at least once and for ``seconds``. For a subreaper that has adopted what another process guarded.
    """
    deadline = time.monotonic() + seconds
    while True:
        orphans = [pid for pid, depth in descendants(os.getpid()).items() if depth == 1 and pid not in keep]
        for pid in orphans:
            _reap(pid)
        if not orphans:
            return True
        stop_and_kill(os.getpid(), keep)
        if time.monotonic() > deadline:
            return False
        # Whose parent dies now becomes a child of this process, and nothing tells it when.
        time.sleep(_SWEEP_PAUSE_SECONDS)


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def reap_all() -> dict[int, int]:
    """Collect every child that has ended: wait status by pid; ChildProcessError when no child is left."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            if ended:
                return ended
            raise
        if pid == 0:
            return ended
        ended[pid] = status


def start_ticks(pid: int) -> int | None:
    """When a process started, in clock ticks since boot: with the pid it names a process for good."""
    fields = _stat(pid)
    return int(fields[19]) if fields else None


def tasks_of(uid: int) -> int:
    """How many processes and threads run under ``uid`` now."""
    count = 0
    for pid in parents():
        try:
            owner = os.stat(f"/proc/{pid}").st_uid  # noqa: PTH116 - import time
        except OSError:
            continue
        fields = _stat(pid)
        if owner == uid and fields:
            count += int(fields[17])
    return count


def _parent(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[1]) if fields else None


def _stat(pid: int) -> list[bytes]:
    """Fields of /proc/PID/stat from the state on; the name before them may hold anything, even brackets."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - import time
            return file.read().rpartition(b") ")[2].split()
    except OSError:
        return []
