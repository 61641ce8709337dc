"""Reading, writing, killing and removing single control groups."""

from __future__ import annotations

import os
import signal


def read(path: str) -> str:
    """The content of a control file, empty when it cannot be read (a controller that is not there)."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:  # noqa: PTH123 - import time
            return file.read()
    except OSError:
        return ""


def number(path: str) -> int | None:
    """A control file that holds one number; None when missing or ``max``."""
    text = read(path).strip()
    return int(text) if text.isdigit() else None


def field(path: str, name: str) -> int | None:
    """The number behind ``name`` in a control file of name and value lines."""
    for line in read(path).splitlines():
        key, _, value = line.partition(" ")
        if key == name and value.strip().isdigit():
            return int(value)
    return None


def write(path: str, value: str) -> None:
    """Write a control file in one call; raises OSError."""
    opened = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(opened, value.encode())
    finally:
        os.close(opened)


def try_write(path: str, value: str) -> bool:
    """Write a control file that may be missing or refuse; whether it worked."""
    try:
        write(path, value)
    except OSError:
        return False
    return True


def tree(folder: str) -> list[str]:
    """The group and its descendants, deepest first."""
    return [path for path, _, _ in os.walk(folder, topdown=False)]


def processes(folder: str) -> list[int]:
    """Process ids in the group and its descendants."""
    return [int(word) for path in tree(folder) for word in read(f"{path}/cgroup.procs").split()]


def populated(folder: str) -> bool:
    """Whether any process is left in the group or below; a missing group has none."""
    events = field(f"{folder}/cgroup.events", "populated")
    if events is not None:
        return events == 1
    return bool(processes(folder))


def kill(folder: str) -> None:
    """SIGKILL everything in the group and below. Call again until it is not ``populated``.

    Version 2 does it in one step that no fork outruns (Linux 5.14); version 1 is frozen first instead.
    """
    if try_write(f"{folder}/cgroup.kill", "1"):
        return
    frozen = try_write(f"{folder}/freezer.state", "FROZEN") or try_write(f"{folder}/cgroup.freeze", "1")
    for pid in processes(folder):
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            continue
    if frozen:
        _ = try_write(f"{folder}/freezer.state", "THAWED") or try_write(f"{folder}/cgroup.freeze", "0")


def remove(folder: str) -> bool:
    """Remove the group and its descendants; False when something is still inside."""
    for path in tree(folder):
        try:
            os.rmdir(path)  # noqa: PTH106 - import time
        except FileNotFoundError:
            continue
        except OSError:
            return False
    return True
