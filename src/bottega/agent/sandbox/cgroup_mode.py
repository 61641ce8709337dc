"""Which control groups an agent may use on this host."""

from __future__ import annotations

import os

from . import delegation
from .hierarchies import discover

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .hierarchies import Hierarchies


def choose(notes: list[str]) -> str:
    """The value of ``Facilities.cgroup`` that looks possible; what is missing is added to ``notes``.

    First choice is version 2 with limits, then version 2 for killing with limits from version 1, then
    killing alone, then version 1, then none. A delegated version 2 group is taken over on the way.
    """
    where = discover()
    limited_by_v1 = _writable(where.v1.get("pids", ""))
    if _writable(where.unified) and _writable(f"{where.unified}/cgroup.procs"):
        missing = delegation.take(where.unified)
        if not missing:
            return "v2"
        if limited_by_v1:
            _note_missing_v1(where, notes)
            return "v2-kill+v1-limits"
        notes.append(f"no memory, process and processor limits by control groups: {missing}")
        return "v2-kill"
    if limited_by_v1:
        _note_missing_v1(where, notes)
        return "v1"
    notes.append("no control group can be written: no memory and processor limits")
    return "none"


def _note_missing_v1(where: Hierarchies, notes: list[str]) -> None:
    notes.extend(
        f"no {controller} limit: the control group controller is not mounted or not writable"
        for controller in ("memory", "cpu")
        if not _writable(where.v1.get(controller, ""))
    )


def _writable(path: str) -> bool:
    return bool(path) and os.access(path, os.W_OK)
