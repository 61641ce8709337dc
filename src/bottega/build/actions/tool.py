"""What all steps have that run a command of a build tool."""

from __future__ import annotations

import re

from bottega.agent.tools.catalogue import SIGNIFICANT
from bottega.agent.tools.images import container_image, image_text
from bottega.build.actions import inputs
from bottega.build.actions.base import Action
from bottega.build.actions.fields import COMMAND, Field
from bottega.build.actions.image import demands_with, own_image, use_image, version_of
from bottega.build.actions.inputs import InputError
from bottega.build.actions.shell import NOT_OFFERED, run_in_image, run_script
from bottega.build.actions.unit_tests import FIELD as UNIT_TEST
from bottega.build.actions.unit_tests import ReportInputs, collect, file_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext
    from bottega.build.actions.caching import StepCache

# Asked inside the sandbox, because that is where the command runs: it sees less of the host than the agent does.
_LOOK = ("/bin/sh", "-c", 'for one; do command -v "$one" >/dev/null && exit 0; done; exit 1', "look")
FLAG, OPTION = "cache", "cacheOption"
CACHE_INPUTS = (FLAG, OPTION)
CACHED = "cached"
"""The value of ``cacheOption`` in graphical steps (reference, section 5.3)."""
_SUCH_AS = {"jdk": "17", "gradle": "8.5", "ndk": "25.2", "flutter": "3.16"}
_NEEDS = {"setuptools": "python", "pyinstaller": "python", "android": "gradle"}


class ToolInputs:
    """``command``: the script, one or more lines. ``reports``: the test reports it writes, if they are wanted.

    ``cached``: whether what the tool downloads is kept for the next build.
    """

    __slots__ = ("cached", "command", "reports")

    def __init__(self, command: str, reports: ReportInputs | None, cached: bool) -> None:
        self.command = command
        self.reports = reports
        self.cached = cached

    @classmethod
    def from_inputs(cls, raw: Mapping[str, Any]) -> ToolInputs:
        """Raises InputError. Inputs that are not named here have no effect: clients send many."""
        return cls(inputs.text(raw, "command"), ReportInputs.from_inputs(raw), _asks(raw))


def _asks(raw: Mapping[str, Any]) -> bool:
    return inputs.flag(raw, FLAG, False) or raw.get(OPTION) == CACHED


class Tool(Action):
    """Runs a script as "Execute shell" does, once it is sure that the agent's host has the tool.

    Any one of ``programs`` on the path is enough. A project may bring one of ``wrappers``, which fetch the tool: a
    command that names one is run without a look at the host.
    """

    fields = (COMMAND, Field("cache", "flag", "whether to keep what the tool downloads"), UNIT_TEST)

    def __init__(
        self,
        name: str,
        title: str,
        *programs: str,
        wrappers: tuple[str, ...] = (),
        module: str = "",
        more: tuple[Field, ...] = (),
        versions: tuple[str, ...] = (),
    ) -> None:
        """``versions`` are tools of which an input of that name says the version."""
        self.name = name
        self.title = title
        self.programs = programs
        self.wrappers = wrappers
        self.module = module
        self.versions = versions
        asked = [Field(one, "text", f"version of {one}, such as {_SUCH_AS[one]}") for one in versions]
        self.fields = (*Tool.fields, *more, *asked)

    def check(self, raw: Mapping[str, Any]) -> None:
        ToolInputs.from_inputs(raw)
        for name in self.versions:
            given = inputs.text(raw, name, "")
            if given and not version_of(given):
                raise InputError(name, f"must be a version such as {_SUCH_AS[name]}")

    def demands(self, raw: Mapping[str, Any]) -> list[str]:
        asked = demands_with(raw, self._versions(raw))
        if container_image(image_text(raw.get("image"))):
            return asked
        named = {one.partition("=")[0] for one in asked}
        if self.brings_its_own(str(raw.get("command"))):
            return [one for one in asked if one.partition("=")[0] != self.name]
        # Only what agents look for can be demanded: of the others none could tell whether it is there.
        return asked if self.needs in named or self.needs not in SIGNIFICANT else [*asked, self.needs]

    @property
    def needs(self) -> str:
        """The tool in the words of agents."""
        return _NEEDS.get(self.name, self.name)

    def run(self, ctx: StepContext) -> int:
        given = ToolInputs.from_inputs(ctx.inputs)
        image = own_image(ctx)
        versions = self._versions(ctx.inputs)
        if not image and (refusal := use_image(ctx, versions) or self._absent(ctx, given.command)):
            ctx.explain(refusal)
            return NOT_OFFERED
        cache = _cache(ctx, self.name) if given.cached else None
        script = self.script(ctx, given.command)
        since = file_time()
        code = run_in_image(ctx, image, script) if image else run_script(ctx, script)
        # Also when the command failed: failed tests are what it fails by, mostly.
        reason = collect(ctx, given.reports, since) if given.reports is not None else ""
        if code == 0 and reason:
            ctx.explain(reason)
            return 1
        # The last of several steps leaves what all of them have downloaded.
        if code == 0 and cache is not None and not self._again(ctx):
            cache.store()
        return code

    def script(self, ctx: StepContext, command: str) -> str:  # noqa: ARG002 - most tools need nothing beside it
        """What is run for the command."""
        return command

    def _versions(self, raw: Mapping[str, Any]) -> dict[str, str]:
        """The versions that inputs ask for, but for that of a tool which the project brings itself."""
        own = self.needs if self.brings_its_own(str(raw.get("command"))) else ""
        asked = {name: version_of(raw.get(name)) for name in self.versions if name != own}
        return {name: version for name, version in asked.items() if version}

    def _absent(self, ctx: StepContext, command: str) -> str:
        """Why the command cannot be run here; empty when it can."""
        if self.brings_its_own(command) or ctx.run([*_LOOK, *self.programs], network=False) != 1:
            return ""
        reason = f"this agent has no {' or '.join(self.programs)}: looked in {ctx.env.get('PATH', '')}"
        ctx.log("ERROR", reason)
        return reason

    def _again(self, ctx: StepContext) -> bool:
        return any(one.action == self.name and _asks(one.inputs) for one in ctx.later_steps)

    def brings_its_own(self, command: str) -> bool:
        """Whether a script names one of the wrappers."""
        return any(re.search(rf"(?<![\w.-]){re.escape(one)}(?![\w-])", command) for one in self.wrappers)


def _cache(ctx: StepContext, tool: str) -> StepCache:
    # Most steps have no cache and need not pay for this import.
    from bottega.build.actions.caching import StepCache  # noqa: PLC0415

    cache = StepCache(ctx, tool)
    cache.restore()
    return cache
