"""The tools of this machine, looked for when a step's image asks for one."""

import subprocess
from collections.abc import Sequence
from typing import Any

from bottega.agent.sandbox import Facilities
from bottega.agent.tools.asking import ask
from bottega.build.yaml import PlannedStep


def look(steps: Sequence[PlannedStep], facilities: Facilities) -> list[dict[str, Any]] | None:
    """The tools as a runner's spec has them; None when nothing asks for any, or they cannot be looked for."""
    if not any(step.image for step in steps):
        return None
    try:
        return [tool.to_dict() for tool in ask(facilities, [])]
    except (OSError, ValueError, TypeError, KeyError, subprocess.SubprocessError):
        # The log of the step then says that its image is not used.
        return None
