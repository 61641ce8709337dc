"""The step "Execute shell" (``sh``)."""

from __future__ import annotations

from bottega.build.actions import inputs
from bottega.build.actions.base import Action
from bottega.build.actions.fields import COMMAND
from bottega.build.actions.image import image_demands, own_image, use_image
from bottega.build.actions.inputs import InputError

CODE_CACHE = "code_cache"
"""The input that a stage of ``env.cache`` has beside its command."""
NOT_OFFERED = 127
"""The exit code of a step that did not run because the agent lacks what it needs."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext
    from bottega.build.actions.code_cache import CodeCache

# The script is a memory file on descriptor 3: in no argument list, in no file of the workspace, and not on
# standard input, where the first command that reads would swallow the rest of it. Bash where there is one,
# for people write bash; else the system's sh. With -e the first command that fails ends the step.
_SHELL = (
    "/bin/sh",
    "-c",
    "if command -v bash >/dev/null; then exec bash -e /dev/fd/3 3<&0 </dev/null; fi; "
    "exec sh -e /dev/fd/3 3<&0 </dev/null",
)


class ShellInputs:
    """``command``: the script, one or more lines."""

    __slots__ = ("command",)

    def __init__(self, command: str) -> None:
        self.command = command

    @classmethod
    def from_inputs(cls, raw: Mapping[str, Any]) -> ShellInputs:
        """Raises InputError."""
        return cls(inputs.text(raw, "command"))


class Shell(Action):
    """Runs the user's script in the workspace with ``bash -e`` (``sh -e`` where there is no bash).

    The first failing command fails the step, as the exit code of a pipeline's last part decides (no
    pipefail). Parameters are environment variables, never pasted into the script.
    """

    name = "sh"
    title = "Execute shell"
    module = "20017"
    fields = (COMMAND,)

    def check(self, raw: Mapping[str, Any]) -> None:
        ShellInputs.from_inputs(raw)

    def demands(self, raw: Mapping[str, Any]) -> list[str]:
        return image_demands(raw)

    def run(self, ctx: StepContext) -> int:
        command = ShellInputs.from_inputs(ctx.inputs).command
        if image := own_image(ctx):
            return run_in_image(ctx, image, command)
        if refusal := use_image(ctx):
            ctx.explain(refusal)
            return NOT_OFFERED
        cache = _code_cache(ctx, ctx.inputs[CODE_CACHE]) if CODE_CACHE in ctx.inputs else None
        code = run_script(ctx, command)
        if code == 0 and cache is not None:
            cache.store()
        return code


def _code_cache(ctx: StepContext, raw: Mapping[str, Any]) -> CodeCache | None:
    # Most steps have none and need not pay for this import.
    from bottega.build.actions.code_cache import CodeCache  # noqa: PLC0415

    if not isinstance(raw, dict):
        raise InputError(CODE_CACHE, "must be a mapping")
    cache = CodeCache(ctx, raw)
    cache.restore()
    return cache


def run_in_image(ctx: StepContext, image: str, script: str) -> int:
    """Run a user's script in a container image; for all actions that have a ``command``. Returns the exit code."""
    # Most runs have no such step and need not pay for this import.
    from bottega.build.actions.in_image import run  # noqa: PLC0415

    return run(ctx, image, readable(script))


def readable(script: str) -> bytes:
    """The script as a shell takes it."""
    # A script written on Windows would look for a program named "make\r".
    text = script.replace("\r\n", "\n")
    return (text if text.endswith("\n") else f"{text}\n").encode("utf-8", "replace")


def run_script(ctx: StepContext, script: str, env: Mapping[str, str] | None = None) -> int:
    """Run a user's script as this action does; for all actions that have a ``command``.

    ``env`` replaces the step's variables wholly. Returns the exit code.
    """
    return ctx.run(_SHELL, env=env, stdin=readable(script))
