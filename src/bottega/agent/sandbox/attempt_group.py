"""The control groups of one attempt: limits for all of it, one leaf for each step to kill."""

from __future__ import annotations

import os

from . import cgroup_files
from .facilities import SandboxUnavailable
from .hierarchies import discover

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .hierarchies import Hierarchies
    from .limits import Limits

PREFIX = "bottega-"
_PERIOD_US = 100_000
# Below the default (100 and 1024), so that processor time is always left for the agent and for teardown.
_CPU_WEIGHT, _CPU_SHARES = "50", "512"
_V1_LIMITS = ("pids", "memory", "cpu", "cpuacct")


class AttemptGroup:
    """Created empty by the runner; steps join it as their first act.

    ``home`` is the folder whose processes are killed: version 2, or the v1 freezer. ``limiting`` are the
    folders of other hierarchies that a step must join as well.
    """

    def __init__(self, mode: str, folder_name: str, limits: Limits, where: Hierarchies | None = None) -> None:
        self.mode = mode
        self.home = ""
        self.limiting: list[str] = []
        self._v1: dict[str, str] = {}
        if mode == "none":
            return
        where = where or discover()
        try:
            self._create(where, folder_name)
            self._limit(limits)
        except OSError as error:
            self.remove()
            raise SandboxUnavailable(f"control group {folder_name} cannot be made: {error}") from error

    @property
    def limits_processes(self) -> bool:
        """Whether the number of processes is bounded by these groups."""
        return self.mode == "v2" or "pids" in self._v1

    @property
    def limits_cpu(self) -> bool:
        """Whether processor time is shared out by these groups."""
        return self.mode == "v2" or "cpu" in self._v1

    def leaf(self, number: int) -> str:
        """Make the group of one step; empty without control groups. Raises OSError."""
        if not self.home:
            return ""
        path = f"{self.home}/step-{number}"
        os.mkdir(path)  # noqa: PTH102 - import time
        return path

    def join_files(self, leaf: str) -> list[str]:
        """The files into which a process writes ``0`` to join the step and every limit."""
        return [f"{folder}/cgroup.procs" for folder in ((leaf, *self.limiting) if leaf else self.limiting)]

    def kill(self) -> None:
        """SIGKILL every process of the attempt."""
        for folder in self._folders():
            cgroup_files.kill(folder)

    def populated(self) -> bool:
        """Whether any process of the attempt is alive, as far as control groups know."""
        return any(cgroup_files.populated(folder) for folder in self._folders())

    def remove(self) -> bool:
        """Remove the groups; False when a process is still inside one."""
        # All of them first: one stubborn group must not keep the others.
        removed = [cgroup_files.remove(folder) for folder in self._folders()]
        return all(removed)

    def usage(self) -> dict[str, float]:
        """``cpu_seconds``, ``memory_peak_bytes``, ``oom_kills`` and ``pids_refused`` of the attempt so far.

        What these groups do not count is left out.
        """
        v1, home = self._v1, self.home if self.mode.startswith("v2") else ""
        microseconds = cgroup_files.field(f"{home}/cpu.stat", "usage_usec") if home else None
        nanoseconds = cgroup_files.number(f"{v1['cpuacct']}/cpuacct.usage") if "cpuacct" in v1 else None
        cpu = microseconds / 1e6 if microseconds is not None else None
        if cpu is None and nanoseconds is not None:
            cpu = nanoseconds / 1e9
        if "memory" in v1:
            peak = cgroup_files.number(f"{v1['memory']}/memory.max_usage_in_bytes")
            kills = cgroup_files.field(f"{v1['memory']}/memory.oom_control", "oom_kill")
        else:
            peak = cgroup_files.number(f"{home}/memory.peak") if home else None
            kills = cgroup_files.field(f"{home}/memory.events", "oom_kill") if home else None
        pids = v1.get("pids", home)
        refused = cgroup_files.field(f"{pids}/pids.events", "max") if pids else None
        values = {"cpu_seconds": cpu, "memory_peak_bytes": peak, "oom_kills": kills, "pids_refused": refused}
        return {name: value for name, value in values.items() if value is not None}

    def _folders(self) -> list[str]:
        return [folder for folder in (self.home, *self.limiting) if folder]

    def _create(self, where: Hierarchies, folder_name: str) -> None:
        controllers = _V1_LIMITS if self.mode.endswith("v1-limits") or self.mode == "v1" else ()
        if self.mode.startswith("v2"):
            self.home = _make(where.unified, folder_name)
            # The processor time of version 2 is counted without any controller.
            controllers = tuple(name for name in controllers if name != "cpuacct")
        elif "freezer" in where.v1:
            self.home = _make(where.v1["freezer"], folder_name)
        for controller in controllers:
            if controller in where.v1:
                folder = _make(where.v1[controller], folder_name)
                self._v1[controller] = folder
                # cpu and cpuacct are usually one hierarchy.
                if folder not in self.limiting and folder != self.home:
                    self.limiting.append(folder)
        if self.mode == "v1" and not self.home:
            self.home = self._v1["pids"]
            self.limiting.remove(self.home)

    def _limit(self, limits: Limits) -> None:
        quota = str(max(int(limits.cpus * _PERIOD_US), 1000))
        memory = str(limits.memory_bytes)
        if self.mode == "v2":
            cgroup_files.write(f"{self.home}/memory.max", memory)
            cgroup_files.write(f"{self.home}/pids.max", str(limits.pids))
            # Optional: kernels without swap accounting or without the cpu controller.
            cgroup_files.try_write(f"{self.home}/memory.swap.max", "0")
            cgroup_files.try_write(f"{self.home}/memory.oom.group", "1")
            cgroup_files.try_write(f"{self.home}/cpu.max", f"{quota} {_PERIOD_US}")
            cgroup_files.try_write(f"{self.home}/cpu.weight", _CPU_WEIGHT)
        v1 = self._v1
        if "pids" in v1:
            cgroup_files.write(f"{v1['pids']}/pids.max", str(limits.pids))
        if "memory" in v1:
            cgroup_files.write(f"{v1['memory']}/memory.limit_in_bytes", memory)
            cgroup_files.try_write(f"{v1['memory']}/memory.memsw.limit_in_bytes", memory)
        if "cpu" in v1:
            cgroup_files.try_write(f"{v1['cpu']}/cpu.cfs_period_us", str(_PERIOD_US))
            cgroup_files.try_write(f"{v1['cpu']}/cpu.cfs_quota_us", quota)
            cgroup_files.try_write(f"{v1['cpu']}/cpu.shares", _CPU_SHARES)


def _make(parent: str, folder_name: str) -> str:
    if not parent:
        raise FileNotFoundError(2, "this hierarchy is not mounted")
    path = f"{parent}/{folder_name}"
    os.makedirs(path, exist_ok=True)  # noqa: PTH103 - import time
    return path
