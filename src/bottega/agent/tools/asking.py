"""Having the tools of this host looked for, and what runs container images, by a process of its own."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bottega.agent.containers.engine import Engine
from bottega.agent.containers.probing import DRIVERS, TRYING_SECONDS
from bottega.agent.sandbox import Facilities
from bottega.agent.tools.looking import LOOKING_SECONDS
from bottega.agent.tools.tool import Tool

_MARGIN_SECONDS = 15.0


def ask(facilities: Facilities, paths: Sequence[str], folder: str) -> tuple[list[Tool], Engine]:
    """The tools that steps find in such a sandbox, which may read ``paths`` too, and the engine, tried in ``folder``.

    Takes a second or two. Raises OSError, ``subprocess.SubprocessError``, and ValueError, TypeError or KeyError for an
    answer that is none.
    """
    asked: dict[str, Any] = {"facilities": facilities.to_dict(), "paths": list(paths), "folder": folder}
    child = subprocess.run(
        [sys.executable, "-I", "-m", "bottega.agent.tools.looking"],
        input=json.dumps(asked).encode(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=LOOKING_SECONDS + len(DRIVERS) * TRYING_SECONDS + _MARGIN_SECONDS,
    )
    return read_answer(json.loads(child.stdout))


def read_answer(answer: Mapping[str, Any]) -> tuple[list[Tool], Engine]:
    """What was found, as it was written. Raises ValueError, TypeError, KeyError."""
    return [Tool.from_dict(one) for one in answer["tools"]], Engine.from_dict(answer["engine"])
