"""The step "Run Docker commands" (``docker``)."""

from __future__ import annotations

from bottega.build.actions import inputs
from bottega.build.actions.base import Action
from bottega.build.actions.containers import refuse
from bottega.build.actions.fields import COMMAND
from bottega.build.actions.inputs import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext

# Reference, section 5.4. None of them runs a container.
COMMANDS = ("build", "tag", "push", "pull", "login", "logout", "save")
_SHOWN = 40


class DockerInputs:
    """``command``: a docker command on each line, split into words as a shell does; nothing else of a shell is there.

    Blank lines and comments are left out, and a line that ends with a backslash goes on in the next.
    """

    __slots__ = ("commands",)

    def __init__(self, commands: list[list[str]]) -> None:
        self.commands = commands

    @classmethod
    def from_inputs(cls, raw: Mapping[str, Any]) -> DockerInputs:
        """Raises InputError naming the line."""
        # Most runs have no such step and need not pay for this import.
        import shlex  # noqa: PLC0415

        script = inputs.text(raw, "command").replace("\r\n", "\n")
        commands: list[list[str]] = []
        number, pending = 0, ""
        for at, line in enumerate(script.split("\n"), 1):
            number = number if pending else at
            pending += line
            if pending.endswith("\\") and at <= script.count("\n"):
                pending = f"{pending[:-1]} "
                continue
            try:
                words = shlex.split(pending, comments=True)
            except ValueError as error:
                raise InputError("command", f"line {number} cannot be read: {error}") from None
            pending = ""
            if words:
                commands.append(_command(words, number))
        if not commands:
            raise InputError("command", "is required")
        return cls(commands)


class Docker(Action):
    """Knows which commands are allowed. Without a container engine it runs none of them."""

    name = "docker"
    title = "Run Docker commands"
    module = "20035"
    fields = (COMMAND,)

    def check(self, raw: Mapping[str, Any]) -> None:
        # Lines are read when the step is run: tasks with others can be kept.
        inputs.text(raw, "command")

    def run(self, ctx: StepContext) -> int:
        first = DockerInputs.from_inputs(ctx.inputs).commands[0]
        return refuse(ctx, f"docker {first[0]} cannot be carried out")


def _command(words: list[str], number: int) -> list[str]:
    if words[0] != "docker" or len(words) == 1:
        raise InputError("command", f"line {number} must be a docker command, not {words[0][:_SHOWN]!r}")
    if words[1] not in COMMANDS:
        allowed = ", ".join(COMMANDS)
        raise InputError("command", f"line {number}: docker {words[1][:_SHOWN]!r} is none of {allowed}")
    return words[1:]
