"""The step "Use SWR public image" (``swr``)."""

from __future__ import annotations

from bottega.build.actions import inputs
from bottega.build.actions.base import Action
from bottega.build.actions.containers import refuse
from bottega.build.actions.fields import COMMAND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext

_SHOWN = 200


class SwrInputs:
    """``image``: the full address of a public image. ``command``: the script to run in it."""

    __slots__ = ("command", "image")

    def __init__(self, image: str, command: str) -> None:
        self.image = image
        self.command = command

    @classmethod
    def from_inputs(cls, raw: Mapping[str, Any]) -> SwrInputs:
        """Raises InputError."""
        return cls(inputs.text(raw, "image"), inputs.text(raw, "command"))


class Swr(Action):
    """Never runs the command outside its image: what it expects is there, and what it may do is another matter."""

    name = "swr"
    title = "Use SWR public image"
    module = "20028"
    fields = (COMMAND,)

    def check(self, raw: Mapping[str, Any]) -> None:
        SwrInputs.from_inputs(raw)

    def run(self, ctx: StepContext) -> int:
        image = SwrInputs.from_inputs(ctx.inputs).image.strip()
        return refuse(ctx, f"the command cannot be run in image {image[:_SHOWN]!r}")
