"""The variables a step sees."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# CodeArts Build refuses parameters of these names: each of them changes which code a step runs.
FORBIDDEN = frozenset({"PATH", "path", "LD_PRELOAD", "LD_LIBRARY_PATH", "BASH_ENV", "GIT_SSH_COMMAND"})
_NAME = re.compile(r"[A-Za-z0-9_]+")


def step_environment(
    *, parameters: Mapping[str, str], hints: Mapping[str, str], home: str, workspace: str, tmp: str
) -> tuple[dict[str, str], list[str]]:
    """The exact environment of a step, and a sentence for each parameter that was left out.

    ``hints`` are defaults (memory limits for language runtimes) that parameters may replace; where a step's
    folders are is not theirs to say. All paths as seen by the step.
    """
    folders = {"HOME": home, "WORKSPACE": workspace, "TMPDIR": tmp}
    fixed = {"PATH": PATH, "USER": "build", "LOGNAME": "build", **folders}
    environment = {"LANG": "C.UTF-8", "CI": "true", **hints}
    refused: list[str] = []
    for name, value in parameters.items():
        if name in FORBIDDEN:
            refused.append(f"The parameter {name} is not passed to the steps: this name is reserved")
        elif not _NAME.fullmatch(name):
            refused.append(f"The parameter {name!r} is not passed to the steps: no shell could name it")
        elif "\0" in value:
            refused.append(f"The parameter {name} is not passed to the steps: it holds a NUL character")
        else:
            environment[name] = value
    return {**environment, **fixed}, refused
