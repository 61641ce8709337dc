"""How much of the host one attempt may use."""

from __future__ import annotations

from bottega.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

TMP_BYTES = 2 * 1024**3
HOME_BYTES = 1024**3
PIDS = 2048
"""What every attempt has of these."""
_MIB = 1 << 20


class Limits(Value):
    """Ceilings of one attempt; sizes are bytes.

    ``cpus`` is a share of CPU time (1.5 = one and a half processors), ``pids`` counts processes and threads,
    ``file_bytes`` bounds each single file, ``tmp_bytes`` and ``home_bytes`` the private memory-backed folders
    of level bubblewrap, ``open_files`` the hard limit of descriptors of a process.
    Raises ValueError naming the field that is not positive.
    """

    __slots__ = ("cpus", "file_bytes", "home_bytes", "memory_bytes", "open_files", "pids", "tmp_bytes")
    cpus: float
    memory_bytes: int
    pids: int
    file_bytes: int
    tmp_bytes: int
    home_bytes: int
    open_files: int

    def __init__(
        self,
        *,
        cpus: float,
        memory_bytes: int,
        pids: int = 2048,
        file_bytes: int,
        tmp_bytes: int,
        home_bytes: int,
        open_files: int = 65536,
    ) -> None:
        values: dict[str, float] = {
            "cpus": cpus,
            "memory_bytes": memory_bytes,
            "pids": pids,
            "file_bytes": file_bytes,
            "tmp_bytes": tmp_bytes,
            "home_bytes": home_bytes,
            "open_files": open_files,
        }
        for name, value in values.items():
            if not value > 0:
                raise ValueError(f"{name} must be above 0, not {value!r}")
        self._fill(**values)

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Limits:
        """The inverse of ``to_dict``; raises TypeError on unknown or missing fields."""
        return cls(**data)  # type: ignore[arg-type]


def resource_environment(limits: Limits) -> dict[str, str]:
    """Variables that tell language runtimes their memory limit, which they cannot read inside a sandbox.

    The JVM takes a quarter of MaxRAM as its heap by itself; V8's old space gets three quarters of the limit.
    They are defaults: the variables of a user come after them.
    """
    mebibytes = max(limits.memory_bytes // _MIB, 1)
    return {
        "JAVA_TOOL_OPTIONS": f"-XX:MaxRAM={mebibytes}m",
        "NODE_OPTIONS": f"--max-old-space-size={max(mebibytes * 3 // 4, 1)}",
    }
