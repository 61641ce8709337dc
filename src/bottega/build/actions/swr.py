"""The step "Use SWR public image" (``swr``)."""

from __future__ import annotations

from bottega.agent.tools.images import is_reference
from bottega.build.actions import inputs
from bottega.build.actions.base import Action
from bottega.build.actions.containers import DEMANDS, refuse
from bottega.build.actions.fields import COMMAND, Field
from bottega.build.actions.inputs import InputError
from bottega.build.actions.shell import run_in_image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext

_SHOWN = 200


class SwrInputs:
    """``image``: the full address of an image. ``command``: the script to run in it."""

    __slots__ = ("command", "image")

    def __init__(self, image: str, command: str) -> None:
        self.image = image
        self.command = command

    @classmethod
    def from_inputs(cls, raw: Mapping[str, Any]) -> SwrInputs:
        """Raises InputError."""
        return cls(inputs.text(raw, "image").strip(), inputs.text(raw, "command"))


class Swr(Action):
    """Runs a script in an image, and never outside of it: what it expects is there."""

    name = "swr"
    title = "Use SWR public image"
    module = "20028"
    fields = (COMMAND, Field("image", "text", "address of the image, unless it stands beside the inputs"))

    def check(self, raw: Mapping[str, Any]) -> None:
        SwrInputs.from_inputs(raw)

    def demands(self, raw: Mapping[str, Any]) -> list[str]:  # noqa: ARG002 - the same for all
        return DEMANDS

    def run(self, ctx: StepContext) -> int:
        given = SwrInputs.from_inputs(ctx.inputs)
        shown = given.image[:_SHOWN]
        if not is_reference(given.image):
            raise InputError("image", f"{shown!r} is no address of an image")
        if ctx.engine.missing:
            return refuse(ctx, f"the command cannot be run in image {shown!r}")
        return run_in_image(ctx, given.image, given.command)
