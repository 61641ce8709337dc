"""Where this process stands in the host's control group hierarchies, version 2 and version 1."""

from __future__ import annotations

import os

from bottega.values import Value

# The agent and its runners move here when they own a delegated version 2 subtree, because a group with
# controllers for its children must not have processes of its own.
SUPERVISOR = "supervisor"


class Hierarchies(Value):
    """``unified``: the version 2 folder for attempts, or empty; ``v1``: own folder of each v1 controller;
    ``roots``: every mounted hierarchy, for finding what an earlier agent left."""

    __slots__ = ("roots", "unified", "v1")
    unified: str
    v1: dict[str, str]
    roots: list[str]

    def __init__(self, unified: str, v1: dict[str, str], roots: list[str]) -> None:
        self._fill(unified=unified, v1=v1, roots=roots)


def discover() -> Hierarchies:
    """Read them from /proc; hosts without control groups give empty fields."""
    own = _own_paths()
    unified = ""
    v1: dict[str, str] = {}
    roots: list[str] = []
    for kind, controllers, root, mount_point in _mounts():
        if mount_point in roots:
            continue
        roots.append(mount_point)
        if kind == "cgroup2":
            unified = unified or _inside(mount_point, root, own.get("", "/"))
            continue
        for controller in controllers:
            if controller in own:
                v1.setdefault(controller, _inside(mount_point, root, own[controller]))
    if os.path.basename(unified) == SUPERVISOR:  # noqa: PTH119 - import time
        unified = os.path.dirname(unified)  # noqa: PTH120
    return Hierarchies(unified, v1, roots)


def _own_paths() -> dict[str, str]:
    """Own path by controller; version 2 under the empty name."""
    paths: dict[str, str] = {}
    for line in _lines("/proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            paths[controller] = path
    return paths


def _mounts() -> list[tuple[str, list[str], str, str]]:
    """File system type, its options, the root of the mount inside the file system, and the mount point."""
    found: list[tuple[str, list[str], str, str]] = []
    for line in _lines("/proc/self/mountinfo"):
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        if kind in ("cgroup", "cgroup2"):
            fields = before.split(" ")
            found.append((kind, options.split(","), fields[3], fields[4]))
    return found


def _inside(mount_point: str, root: str, path: str) -> str:
    # In a container without its own cgroup namespace the mount shows only a part of the hierarchy.
    if root != "/" and (path == root or path.startswith(f"{root}/")):
        path = path[len(root) :]
    return os.path.normpath(f"{mount_point}/{path}")


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123 - import time
            return file.read().splitlines()
    except OSError:
        return []
