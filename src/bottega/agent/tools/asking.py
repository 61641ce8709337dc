"""Having the tools of this host looked for, by a process of its own."""

import json
import subprocess
import sys
from collections.abc import Sequence

from bottega.agent.sandbox import Facilities
from bottega.agent.tools.looking import LOOKING_SECONDS
from bottega.agent.tools.tool import Tool

_MARGIN_SECONDS = 15.0


def ask(facilities: Facilities, paths: Sequence[str]) -> list[Tool]:
    """The tools that steps find in such a sandbox, which may read ``paths`` too; takes a second or two.

    Raises OSError, ``subprocess.SubprocessError``, and ValueError, TypeError or KeyError for an answer that is none.
    """
    child = subprocess.run(
        [sys.executable, "-I", "-m", "bottega.agent.tools.looking"],
        input=json.dumps({"facilities": facilities.to_dict(), "paths": list(paths)}).encode(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=LOOKING_SECONDS + _MARGIN_SECONDS,
    )
    return [Tool.from_dict(one) for one in json.loads(child.stdout)]
