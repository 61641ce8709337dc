"""Clearing away what attempts left behind whose runner is gone."""

from __future__ import annotations

import os
import re
import time

from . import cgroup_files, processes
from .attempt_group import PREFIX
from .hierarchies import discover

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

_FOLDER = re.compile(re.escape(PREFIX) + r"(?P<name>.+)\.(?P<pid>\d+)\.(?P<ticks>\d+)")
_EMPTY_SECONDS = 5.0
_CHECK_SECONDS = 0.005


def sweep_leftovers(keep: Collection[str]) -> int:
    """Kill and remove the control groups of attempts that no runner watches any more; how many there were.

    Attempts named in ``keep`` stay, and so does every attempt whose runner is alive: it may belong to another
    agent of this host. Waits up to 5 s in all for processes to die. The whole hierarchies are searched, since
    an earlier agent may have lived in another group.
    """
    found: dict[str, list[str]] = {}
    for root in discover().roots:
        for parent, folders, _ in os.walk(root):
            for folder in list(folders):
                match = _FOLDER.fullmatch(folder)
                if match:
                    folders.remove(folder)
                    if match["name"] not in keep and not _runs(int(match["pid"]), int(match["ticks"])):
                        found.setdefault(folder, []).append(f"{parent}/{folder}")
    deadline = time.monotonic() + _EMPTY_SECONDS
    for groups in found.values():
        for group in groups:
            _clear(group, deadline)
    return len(found)


def _runs(pid: int, ticks: int) -> bool:
    return processes.start_ticks(pid) == ticks


def _clear(group: str, deadline: float) -> None:
    cgroup_files.kill(group)
    while not cgroup_files.remove(group) and time.monotonic() < deadline:
        # With version 1 of cgroups nothing tells that a group has become empty.
        time.sleep(_CHECK_SECONDS)
        cgroup_files.kill(group)
