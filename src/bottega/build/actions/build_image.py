"""The step "Build image and push to SWR" (``build_image``)."""

from __future__ import annotations

import re

from bottega.build.actions import inputs
from bottega.build.actions.base import Action, fail
from bottega.build.actions.containers import DEMANDS, refuse
from bottega.build.actions.fields import Field
from bottega.build.actions.inputs import InputError, is_a

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext

NO_DOCKERFILE = "DEV.CB.0210043"
USER, PASSWORD = "REGISTRY_USER", "REGISTRY_PASSWORD"
"""Parameters of the task with the credentials for the registry; private ones, as far as they are secret."""
# Inside the sandbox: a link in the workspace leads nowhere the build's user may not look.
_LOOK = ("/bin/sh", "-c", '[ -f "$1" ] && [ -r "$1" ]', "look")
_MAX_REGIONS = 20
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
# What registries take as parts of a name, and as a tag (OCI distribution specification).
_PATH = re.compile(
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*", re.ASCII
)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
_NAME_BYTES = 255
_SHOWN = 40
# What a build is known by, and the label that an image has it under (OCI image specification, annotations).
_LABELS = {
    "COMMIT_ID": "org.opencontainers.image.revision",
    "BUILDNUMBER": "org.opencontainers.image.version",
}
_BUILD = 'engine build --format docker "$@"'
_PUSH = 'engine push -- "$1"'


class BuildImageInputs:
    """``dockerfile``: below the workspace, ``./Dockerfile`` when it is missing. Other inputs are not looked at."""

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


class Target:
    """What the image is called, and where it goes: ``regions`` may be none."""

    __slots__ = ("labelled", "name", "organization", "regions", "tag")

    def __init__(self, raw: Mapping[str, Any]) -> None:
        """Raises InputError. Read when the step is run: tasks without a name can be kept."""
        self.organization = _part(raw, "organization", "")
        self.name = _part(raw, "image_name")
        self.tag = inputs.text(raw, "image_tag", "latest")
        if not _TAG.fullmatch(self.tag):
            raise InputError("image_tag", "must be letters, digits, '_', '.' and '-', 128 at most")
        self.regions = _regions(raw)
        self.labelled = inputs.flag(raw, "set_meta_data", False)

    def addresses(self, push_to: str, region: str) -> list[str]:
        """Where the image is pushed to: in each of the regions, or in ``region``. Raises InputError."""
        path = "/".join(part for part in (self.organization, self.name) if part)
        if len(path) > _NAME_BYTES:
            raise InputError(
                "image_name", f"must have at most {_NAME_BYTES} characters with its organization"
            )
        regions = self.regions or [region]
        return list(dict.fromkeys(f"{push_to.replace('{region}', one)}/{path}:{self.tag}" for one in regions))


class BuildImage(Action):
    """Builds an image from a Dockerfile of the workspace and pushes it to the registry of the agent's settings."""

    name = "build_image"
    title = "Build image and push to SWR"
    module = "20004"
    fields = (
        Field("regions", "list", "regions of the registry"),
        Field("organization", "text", "organization in the registry"),
        Field("image_name", "text", "name of the image"),
        Field("image_tag", "text", "tag of the image; latest unless given"),
        Field("dockerfile_path", "text", "path of the Dockerfile; ./Dockerfile unless given"),
        Field("set_meta_data", "flag", "whether the build is noted in the image"),
    )

    def check(self, raw: Mapping[str, Any]) -> None:
        BuildImageInputs.from_inputs(raw)

    def demands(self, raw: Mapping[str, Any]) -> list[str]:  # noqa: ARG002 - the same for all
        return DEMANDS

    def run(self, ctx: StepContext) -> int:
        path = BuildImageInputs.from_inputs(ctx.inputs).dockerfile
        if ctx.run([*_LOOK, f"./{path}"], network=False) != 0:
            return fail(ctx, f"{NO_DOCKERFILE} there is no Dockerfile {path}")
        if ctx.engine.missing:
            return refuse(ctx, f"no image can be built of {path}")
        target = Target(ctx.inputs)
        addresses = target.addresses(*ctx.registry)
        if code := _log_in(ctx, addresses):
            return code
        tags = [part for address in addresses for part in ("--tag", address)]
        arguments = [*tags, *_labels(ctx, target), "--file", f"./{path}", "--", "."]
        if code := ctx.run_engine(_BUILD, arguments):
            return fail(ctx, f"no image can be built of {path}: {ctx.complaint()}", code)
        for address in addresses:
            if code := ctx.run_engine(_PUSH, [address]):
                return fail(ctx, f"image {address} cannot be pushed: {ctx.complaint()}", code)
            ctx.log("INFO", f"image {address} is pushed")
        return 0


def _log_in(ctx: StepContext, addresses: list[str]) -> int:
    from bottega.build.actions.registry_login import EMPTY, remember  # noqa: PLC0415 - only this step needs it

    user, password = ctx.env.get(USER, ""), ctx.env.get(PASSWORD, "")
    code = 0
    for registry in dict.fromkeys(address.partition("/")[0] for address in addresses):
        if user and password:
            code = code or remember(ctx, registry, user, password)
        elif registry not in ctx.containers.credentials:
            # As the reference has it: a warning, for there are registries that want none (section 3.4).
            ctx.log(
                "WARN",
                f"{EMPTY} no credentials for {registry}: they are the parameters {USER} and {PASSWORD} of the task, "
                "or those of a docker login before",
            )
    return code


def _labels(ctx: StepContext, target: Target) -> list[str]:
    if not target.labelled:
        return []
    env = ctx.env
    noted = [f"{label}={env[name]}" for name, label in _LABELS.items() if env.get(name)]
    return [part for one in noted for part in ("--label", one)]


def _part(raw: Mapping[str, Any], field: str, default: str | None = None) -> str:
    found = inputs.text(raw, field, default)
    if found and not _PATH.fullmatch(found):
        raise InputError(field, "must be small letters and digits, with '.', '_', '-' or '/' between them")
    return found


def _regions(raw: Mapping[str, Any]) -> list[str]:
    given: Any = raw.get("regions") or []
    regions: list[str] = given.replace(",", " ").split() if is_a(given, str) else given
    if not is_a(regions, list):
        raise InputError("regions", "must be a list of regions")
    if len(regions) > _MAX_REGIONS:
        raise InputError("regions", f"must be at most {_MAX_REGIONS}")
    for one in regions:
        if not is_a(one, str) or not _REGION.fullmatch(one):
            raise InputError("regions", f"{str(one)[:_SHOWN]!r} is no region such as cn-north-4")
    return regions
