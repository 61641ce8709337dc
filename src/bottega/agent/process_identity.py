"""Telling a process from another that got its pid later. Linux only (/proc)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Identity:
    """A process that cannot be mistaken for another that got the same pid later, or after a reboot.

    ``start_ticks`` is field 22 of /proc/PID/stat: clock ticks from boot to the process's start.
    """

    __slots__ = ("boot_id", "pid", "start_ticks")

    def __init__(self, pid: int, start_ticks: int, boot_id: str) -> None:
        self.pid = pid
        self.start_ticks = start_ticks
        self.boot_id = boot_id

    def as_dict(self) -> dict[str, Any]:
        """The content of ``runner.json``."""
        return {"pid": self.pid, "start_ticks": self.start_ticks, "boot_id": self.boot_id}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identity) and self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        return hash((self.pid, self.start_ticks, self.boot_id))


def identity_of(pid: int) -> Identity | None:
    """Identity of a live process; None when there is none or only its zombie is left."""
    found = look_up(pid)
    return found[0] if found is not None and found[1] else None


def look_up(pid: int) -> tuple[Identity, bool] | None:
    """Who has this pid, and whether it lives (True) or is a zombie."""
    try:
        stat = _content(f"/proc/{pid}/stat")
        boot_id = _content("/proc/sys/kernel/random/boot_id").decode("ascii").strip()
    except OSError:
        return None
    # The second field is the program's name in brackets and may itself contain brackets and blanks.
    fields = stat[stat.rindex(b")") + 2 :].split()
    return Identity(pid, int(fields[19]), boot_id), fields[0] not in (b"Z", b"X")


def _content(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib's import costs the runner too much
        return file.read()
