"""The tools of this machine, looked for when a step's image asks for one."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from bottega.agent.containers.engine import Engine
from bottega.agent.containers.wanted import WITH_ENGINE
from bottega.agent.sandbox import Facilities
from bottega.agent.tools.asking import ask
from bottega.build.actions import ACTIONS
from bottega.build.actions.tool import Tool
from bottega.build.yaml import PlannedStep


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """``tools`` as a runner's spec has them, None when they are not known, and the ``engine`` for containers."""

    tools: list[dict[str, Any]] | None = None
    engine: Engine = Engine()


def look(steps: Sequence[PlannedStep], facilities: Facilities, folder: Path) -> Found:
    """What there is, as far as a step asks for any of it. The engine is tried below ``folder``."""
    if not any(step.image or step.action in WITH_ENGINE or _asks_for_versions(step) for step in steps):
        return Found()
    try:
        tools, engine = ask(facilities, [], str(folder))
        return Found(tools=[tool.to_dict() for tool in tools], engine=engine)
    except (OSError, ValueError, TypeError, KeyError, subprocess.SubprocessError):
        # The log of the step then says that its image is not used.
        return Found()


def _asks_for_versions(step: PlannedStep) -> bool:
    action = ACTIONS.get(step.action)
    return isinstance(action, Tool) and any(step.inputs.get(name) for name in action.versions)
