"""Having the tools of this host looked for, and what runs container images, by a process of its own."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bottega.agent.containers.engine import Engine
from bottega.agent.containers.probing import DRIVERS, TRYING_SECONDS
from bottega.agent.sandbox import Facilities
from bottega.agent.tools.looking import LOOKING_SECONDS
from bottega.agent.tools.tool import Tool

_MARGIN_SECONDS = 15.0
_SECONDS = LOOKING_SECONDS + len(DRIVERS) * TRYING_SECONDS + _MARGIN_SECONDS


def ask(
    facilities: Facilities,
    paths: Sequence[str],
    folder: str,
    started: Callable[["subprocess.Popen[bytes]"], None] = lambda _child: None,
) -> tuple[list[Tool], Engine]:
    """The tools that steps find in such a sandbox, which may read ``paths`` too, and the engine, tried in ``folder``.

    Takes a second or two. ``started`` gets the process, to be terminated by who cannot wait: it ends what it has begun
    first. Raises OSError, ``subprocess.SubprocessError``, and ValueError, TypeError or KeyError for an answer that is
    none.
    """
    asked: dict[str, Any] = {"facilities": facilities.to_dict(), "paths": list(paths), "folder": folder}
    with subprocess.Popen(
        [sys.executable, "-I", "-m", "bottega.agent.tools.looking"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        started(child)
        try:
            said, _ = child.communicate(json.dumps(asked).encode(), timeout=_SECONDS)
        except BaseException:
            child.kill()
            raise
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, "looking for tools")
    return read_answer(json.loads(said))


def read_answer(answer: Mapping[str, Any]) -> tuple[list[Tool], Engine]:
    """What was found, as it was written. Raises ValueError, TypeError, KeyError."""
    return [Tool.from_dict(one) for one in answer["tools"]], Engine.from_dict(answer["engine"])
