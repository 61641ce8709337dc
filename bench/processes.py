"""What the kernel knows of processes: kinship, memory, processor time. Linux only."""

import os
from pathlib import Path

import msgspec

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
# Fields of /proc/PID/stat, counted behind the command's name.
_PARENT, _USER, _SYSTEM, _CHILDREN_USER, _CHILDREN_SYSTEM = 1, 11, 12, 13, 14


class Memory(msgspec.Struct, kw_only=True):
    """Bytes. ``pss`` divides shared pages among their users, ``uss`` counts only pages nobody else has."""

    rss: int
    pss: int
    uss: int


def tree(root: int) -> list[int]:
    """``root`` and all its living descendants."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[_PARENT]), []).append(int(entry.name))
    found = [root]
    for pid in found:
        found.extend(children.get(pid, []))
    return found


def parent(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[_PARENT]) if fields else None


def command(pid: int) -> list[str]:
    """The argument list; empty for a process that is gone."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")[:-1]
    except OSError:
        return []


def with_argument(argument: str) -> list[int]:
    """Processes that were given exactly this argument."""
    pids = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal())
    return [pid for pid in pids if argument in command(pid)[1:]]


def memory(pid: int) -> Memory:
    """Raises OSError when the process is gone or not ours."""
    values: dict[str, int] = {}
    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        values[name] = int(rest.split()[0]) * 1024
    private = values["Private_Clean"] + values["Private_Dirty"] + values.get("Private_Hugetlb", 0)
    return Memory(rss=values["Rss"], pss=values["Pss"], uss=private)


def cpu_seconds(pid: int, *, with_children: bool = False) -> float:
    """User and system time of all threads, in steps of 10 ms; ``with_children`` adds those it has waited for."""
    fields = _stat(pid)
    if not fields:
        raise ProcessLookupError(pid)
    wanted = [_USER, _SYSTEM, *([_CHILDREN_USER, _CHILDREN_SYSTEM] if with_children else [])]
    return sum(int(fields[number]) for number in wanted) / TICKS


def _stat(pid: int) -> list[str]:
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []
