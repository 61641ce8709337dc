"""Keeping one attempt's processes apart from the host and killing every one of them in the end.

A ``Sandbox`` belongs to one attempt and is used by the runner of that attempt; ``probe`` tells the agent
which level this host really offers. Only the standard library is used and nothing heavy is imported,
because every runner pays for these imports before its first step.
"""

from .facilities import Facilities, Level, SandboxUnavailable
from .leftovers import sweep_leftovers
from .limits import Limits, resource_environment
from .probe import probe
from .running import Running
from .sandbox import Sandbox
from .step import Bind, Command

__all__ = [
    "Bind",
    "Command",
    "Facilities",
    "Level",
    "Limits",
    "Running",
    "Sandbox",
    "SandboxUnavailable",
    "probe",
    "resource_environment",
    "sweep_leftovers",
]
