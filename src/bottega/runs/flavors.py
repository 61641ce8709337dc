"""Executor sizes: ``2u8g`` is 2 CPUs and 8 GiB."""

import re

from bottega.errors import Invalid

FLAVOR = re.compile(r"^([0-9]{1,3})u([0-9]{1,4})g$")
DEFAULT_FLAVOR = "2u8g"
SIZES = ("2u8g", "4u8g", "8u16g", "16u32g", "16u64g")
"""The sizes that are offered; any other of that form is accepted too."""
GIB = 1024**3


def normalised(flavor: str) -> str:
    """The lower-case name; empty and ``DEFAULT`` mean ``2u8g``. Raises :class:`Invalid`."""
    name = flavor.strip().lower()
    if name in {"", "default"}:
        return DEFAULT_FLAVOR
    match = FLAVOR.match(name)
    if match is None or not int(match[1]) or not int(match[2]):
        raise Invalid(
            "flavor", f"{flavor[:80]!r} is not a size such as 2u8g, 4u8g, 8u16g, 16u32g, 16u64g or DEFAULT"
        )
    return name


def written(cpus: int, memory_bytes: int) -> str:
    """So many CPUs and so much memory as a flavor is written; of 15.6 GiB the kernel shows, a host has 16."""
    return f"{min(max(cpus, 1), 999)}u{min(max(round(memory_bytes / GIB), 1), 9999)}g"


def holds(size: str, flavor: str) -> bool:
    """Whether a host of that size has what the flavor asks for. Raises :class:`Invalid`."""
    cpus, memory = resources(size)
    wanted_cpus, wanted_memory = resources(flavor)
    return cpus >= wanted_cpus and memory >= wanted_memory


def resources(flavor: str) -> tuple[float, int]:
    """CPUs and bytes of memory of a flavor."""
    match = FLAVOR.match(normalised(flavor))
    if match is None:
        raise Invalid("flavor", f"{flavor!r} is unknown")
    return float(match[1]), int(match[2]) * GIB
