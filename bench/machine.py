"""The machine in neutral words."""

import os
import platform
import sys

import msgspec


class Machine(msgspec.Struct, kw_only=True):
    """``memory`` in bytes."""

    cores: int
    memory: int
    system: str
    kernel: str
    python: str
    writes_bytecode: bool

    def line(self) -> str:
        gigabytes = self.memory / 1024**3
        parts = [f"{self.cores} cores", f"{gigabytes:.0f} GiB", self.system, f"Linux {self.kernel}"]
        parts.append(
            f"Python {self.python}" + ("" if self.writes_bytecode else " forbidden to write bytecode")
        )
        return ", ".join(parts)


def describe() -> Machine:
    """This machine."""
    release = platform.freedesktop_os_release()
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        memory=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        system=release.get("PRETTY_NAME", "Linux"),
        kernel=platform.release().split("-")[0],
        python=platform.python_version(),
        writes_bytecode=not sys.dont_write_bytecode,
    )
