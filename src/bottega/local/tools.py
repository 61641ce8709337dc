"""The tools of this machine, looked for when a step's image asks for one."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from bottega.agent.sandbox import Facilities
from bottega.agent.tools.looking import LOOKING_SECONDS
from bottega.build.yaml import PlannedStep

_MARGIN_SECONDS = 15.0


def look(steps: Sequence[PlannedStep], facilities: Facilities) -> list[dict[str, Any]] | None:
    """The tools as a runner's spec has them; None when nothing asks for any, or they cannot be looked for."""
    if not any(step.image for step in steps):
        return None
    question = json.dumps({"facilities": facilities.to_dict(), "paths": []})
    try:
        child = subprocess.run(
            [sys.executable, "-I", "-m", "bottega.agent.tools.looking"],
            input=question.encode(),
            stdout=subprocess.PIPE,
            check=True,
            timeout=LOOKING_SECONDS + _MARGIN_SECONDS,
        )
        return json.loads(child.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        # The log of the step then says that its image is not used.
        return None
