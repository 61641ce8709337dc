"""Making use of a version 2 subtree that systemd or a container gave to the agent."""

from __future__ import annotations

import os

from . import cgroup_files
from .hierarchies import SUPERVISOR

# The ones a limit needs come first; io is only for accounting.
_CONTROLLERS = ("memory", "pids", "cpu", "io")
_NEEDED = {"memory", "pids"}


def take(folder: str) -> str:
    """Enable controllers for the attempts below ``folder``; empty on success, else a sentence why not.

    The processes of a delegated folder are moved into ``supervisor`` first, because only a folder without
    processes may have controllers for its children. A folder that was not delegated is left as it is: its
    other processes are not ours to move.
    """
    offered = set(cgroup_files.read(f"{folder}/cgroup.controllers").split())
    if not offered >= _NEEDED:
        return "control groups of version 2 offer no memory and pids controllers here"
    if _enabled(folder) >= _NEEDED:
        return ""
    # Only the real root of the hierarchy has no type, and it may have processes and controllers.
    if os.path.exists(f"{folder}/cgroup.type"):  # noqa: PTH110 - import time
        if not _delegated(folder):
            return f"the control group {folder} is not delegated to the agent (systemd: Delegate=yes)"
        if not _move_processes(folder):
            return f"the processes of {folder} cannot be moved into {SUPERVISOR}"
    for controller in _CONTROLLERS:
        if controller in offered:
            cgroup_files.try_write(f"{folder}/cgroup.subtree_control", f"+{controller}")
    if _enabled(folder) >= _NEEDED:
        return ""
    return f"memory and pids cannot be enabled below {folder}"


def _enabled(folder: str) -> set[str]:
    return set(cgroup_files.read(f"{folder}/cgroup.subtree_control").split())


def _delegated(folder: str) -> bool:
    for attribute in ("user.delegate", "trusted.delegate"):
        try:
            if os.getxattr(folder, attribute) == b"1":
                return True
        except OSError:
            continue
    own_user = os.geteuid()
    if own_user != 0:
        return os.stat(f"{folder}/cgroup.procs").st_uid == own_user  # noqa: PTH116
    # The root of a container's cgroup namespace: everything in it belongs to the container.
    return cgroup_files.read("/proc/self/cgroup").strip().endswith("0::/")


def _move_processes(folder: str) -> bool:
    try:
        os.makedirs(f"{folder}/{SUPERVISOR}", exist_ok=True)  # noqa: PTH103
    except OSError:
        return False
    # A process that forks while it is being moved leaves its child for the next round.
    for _ in range(10):
        pids = cgroup_files.read(f"{folder}/cgroup.procs").split()
        if not pids:
            return True
        for pid in pids:
            cgroup_files.try_write(f"{folder}/{SUPERVISOR}/cgroup.procs", pid)
    return False
