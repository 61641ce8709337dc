"""What the specs of builds and checks on this machine have in common, as the agent writes them for runs of a server."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from bottega.agent.identity import host_resources
from bottega.agent.sandbox import Facilities
from bottega.agent.sandbox.limits import HOME_BYTES, PIDS, TMP_BYTES
from bottega.runs.flavors import resources
from bottega.runs.spec import StepSpec

TIMEOUT_SECONDS = 4 * 3600.0
GRACE_SECONDS = 10.0
WORKSPACE_BYTES = 60 * 1024**3
LOG_BYTES = 1024**3


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """How this machine runs an attempt: its sandbox, the user of the steps (None: the present one), who is told."""

    facilities: Facilities
    uid: int | None
    notify: Path


def frame(
    name: str, host: Host, workspace: Path, planned: Sequence[StepSpec], *, flavor: str = "", network: bool
) -> dict[str, Any]:
    """What every spec of this machine has; its values are JSON."""
    cpus, memory = _size(flavor)
    return {
        "run_id": "local",
        "attempt": 1,
        "starter": os.getpid(),
        "name": name,
        "number": 1,
        "timeout_seconds": TIMEOUT_SECONDS,
        "workspace": str(workspace),
        "facilities": host.facilities.to_dict(),
        "uid": host.uid,
        "limits": {
            "cpus": cpus,
            "memory_bytes": memory,
            "pids": PIDS,
            "file_bytes": WORKSPACE_BYTES,
            "tmp_bytes": TMP_BYTES,
            "home_bytes": HOME_BYTES,
        },
        "workspace_bytes": WORKSPACE_BYTES,
        "log_limit_bytes": LOG_BYTES,
        "network": network,
        "env": {},
        "time_zone": "UTC",
        "notify_socket": str(host.notify),
        "stop_grace": GRACE_SECONDS,
        "steps": msgspec.to_builtins(planned),
    }


def _size(flavor: str) -> tuple[float, int]:
    """What the file asks for, else all that this machine has."""
    return resources(flavor) if flavor else host_resources()
