"""The step "Build image and push to SWR" (``build_image``)."""

from __future__ import annotations

from bottega.build.actions import inputs
from bottega.build.actions.base import Action, fail
from bottega.build.actions.containers import refuse
from bottega.build.actions.fields import Field
from bottega.build.actions.inputs import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext

NO_DOCKERFILE = "DEV.CB.0210043"
# Inside the sandbox: a link in the workspace leads nowhere the build's user may not look.
_LOOK = ("/bin/sh", "-c", '[ -f "$1" ] && [ -r "$1" ]', "look")


class BuildImageInputs:
    """``dockerfile_path``: below the workspace, ``./Dockerfile`` when it is missing. Other inputs are not looked at."""

    __slots__ = ("dockerfile",)

    def __init__(self, dockerfile: str) -> None:
        self.dockerfile = dockerfile

    @classmethod
    def from_inputs(cls, raw: Mapping[str, Any]) -> BuildImageInputs:
        """Raises InputError."""
        path = inputs.text(raw, "dockerfile_path", "./Dockerfile")
        if path.startswith("/") or ".." in path.split("/"):
            raise InputError("dockerfile_path", "must be a path below the workspace")
        return cls(path)


class BuildImage(Action):
    """Looks for the Dockerfile. Without a container engine it builds nothing from it."""

    name = "build_image"
    title = "Build image and push to SWR"
    module = "20004"
    fields = (
        Field("regions", "list", "regions of the registry"),
        Field("organization", "text", "organization in the registry"),
        Field("image_name", "text", "name of the image"),
        Field("image_tag", "text", "tag of the image"),
        Field("dockerfile_path", "text", "path of the Dockerfile; ./Dockerfile unless given"),
        Field("set_meta_data", "flag", "whether the build is noted in the image"),
    )

    def check(self, raw: Mapping[str, Any]) -> None:
        BuildImageInputs.from_inputs(raw)

    def run(self, ctx: StepContext) -> int:
        path = BuildImageInputs.from_inputs(ctx.inputs).dockerfile
        if ctx.run([*_LOOK, f"./{path}"], network=False) != 0:
            return fail(ctx, f"{NO_DOCKERFILE} there is no Dockerfile {path}")
        return refuse(ctx, f"no image can be built of {path}")
