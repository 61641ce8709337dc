"""What a host offers for keeping builds apart: the isolation level and the parts it is made of."""

from __future__ import annotations

from enum import StrEnum

from bottega.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class SandboxUnavailable(Exception):
    """The level that was asked for does not work here; nothing has been started at a lower one."""


class Level(StrEnum):
    """How far a step is kept apart from the host, strongest first."""

    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "landlock"
    PROCESS = "process"

    def at_least(self, other: Level) -> bool:
        """Whether this level is as strong as ``other`` or stronger."""
        order = list(Level)
        return order.index(self) <= order.index(other)


class Facilities(Value):
    """The outcome of a probe; the agent hands it to its runners, so that all of them use the same means.

    ``cgroup`` is ``v2`` (limits and kill), ``v2-kill+v1-limits``, ``v2-kill`` (no limits), ``v1``, ``none``.
    ``root_mode`` says how bubblewrap gets its rights: ``userns``, ``caps`` (root without user namespaces) or
    empty for the other levels. ``bubblewrap`` is the absolute path of the program that passed the probe.
    """

    __slots__ = (
        "bubblewrap",
        "cgroup",
        "disable_userns",
        "landlock_abi",
        "level",
        "notes",
        "own_uid",
        "root_mode",
        "seccomp",
    )
    level: Level
    seccomp: bool
    cgroup: str
    own_uid: bool
    landlock_abi: int
    root_mode: str
    notes: list[str]
    bubblewrap: str
    disable_userns: bool

    def __init__(
        self,
        *,
        level: Level | str,
        seccomp: bool,
        cgroup: str,
        own_uid: bool,
        landlock_abi: int,
        root_mode: str,
        notes: list[str],
        bubblewrap: str = "",
        disable_userns: bool = False,
    ) -> None:
        self._fill(
            level=Level(level),
            seccomp=seccomp,
            cgroup=cgroup,
            own_uid=own_uid,
            landlock_abi=landlock_abi,
            root_mode=root_mode,
            notes=list(notes),
            bubblewrap=bubblewrap,
            disable_userns=disable_userns,
        )

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Facilities:
        """The inverse of ``to_dict``; raises TypeError for unknown or missing fields, ValueError for a level."""
        return cls(**data)  # type: ignore[arg-type]

    def to_dict(self) -> dict[str, object]:
        """The fields by name, with the level as its plain word."""
        return {**super().to_dict(), "level": str(self.level), "notes": list(self.notes)}

    @property
    def nests(self) -> bool:
        """Whether a step may have namespaces of its own inside: not without a filter to bound them, nor as root."""
        return self.level is Level.BUBBLEWRAP and self.root_mode == "userns" and self.seccomp

    def replace(self, **changes: object) -> Facilities:
        """The same facilities with some fields changed, to use less than a host offers."""
        return Facilities.from_dict({**self.to_dict(), **changes})

    def describe(self) -> str:
        """One line for logs and records, such as ``bubblewrap + seccomp + cgroup v2 + own uid``."""
        parts = [str(self.level)]
        if self.level is Level.BUBBLEWRAP and self.root_mode == "caps":
            parts[0] += " (as root, without user namespace)"
        if self.level is Level.LANDLOCK:
            parts[0] += f" (ABI {self.landlock_abi})"
        if self.seccomp and self.level is not Level.PROCESS:
            parts.append("seccomp")
        parts.append("no cgroup" if self.cgroup == "none" else f"cgroup {self.cgroup}")
        parts.append("own uid" if self.own_uid else "the agent's uid")
        return " + ".join(parts)
