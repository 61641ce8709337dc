"""The step "Run Docker commands" (``docker``)."""

from __future__ import annotations

from bottega.build.actions import inputs
from bottega.build.actions.base import Action, fail
from bottega.build.actions.containers import DEMANDS, names_private, put_in, refuse
from bottega.build.actions.fields import COMMAND
from bottega.build.actions.inputs import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext
    from bottega.build.actions.docker_commands import DockerCommand

# Reference, section 5.4. None of them runs a container.
COMMANDS = ("build", "tag", "push", "pull", "login", "logout", "save")
_SHOWN = 40
# Docker builds in its own format, which knows more than that of the OCI (HEALTHCHECK, SHELL).
_SCRIPTS = {
    "build": 'engine build --format docker "$@"',
    "tag": 'engine tag "$@"',
    "push": 'engine push "$@"',
    "pull": 'engine pull "$@"',
    # An archive is written anew: one that is there cannot be added to.
    "save": 'rm -f -- "$1" && engine push --quiet -- "$2" "docker-archive:$1:$2"',
}


class DockerInputs:
    """``command``: a docker command on each line, split into words as a shell does; nothing else of a shell is there.

    Blank lines and comments are left out, and a line that ends with a backslash goes on in the next. ``lines`` are
    the numbers of the commands' lines.
    """

    __slots__ = ("commands", "lines")

    def __init__(self, commands: list[list[str]], lines: list[int]) -> None:
        self.commands = commands
        self.lines = lines

    @classmethod
    def from_inputs(cls, raw: Mapping[str, Any]) -> DockerInputs:
        """Raises InputError naming the line."""
        # Most runs have no such step and need not pay for this import.
        import shlex  # noqa: PLC0415

        script = inputs.text(raw, "command").replace("\r\n", "\n")
        commands: list[list[str]] = []
        lines: list[int] = []
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
                lines.append(number)
        if not commands:
            raise InputError("command", "is required")
        return cls(commands, lines)

    def read(self) -> list[DockerCommand]:
        """The commands with their options. Raises InputError naming the line."""
        from bottega.build.actions.docker_commands import read  # noqa: PLC0415 - as above

        return [read(words, line) for words, line in zip(self.commands, self.lines, strict=True)]


class Docker(Action):
    """Runs each command by the container engine of the agent's host, as the build's own user inside the sandbox."""

    name = "docker"
    title = "Run Docker commands"
    module = "20035"
    fields = (COMMAND,)

    def check(self, raw: Mapping[str, Any]) -> None:
        # Lines are read when the step is run: tasks with others can be kept.
        inputs.text(raw, "command")

    def demands(self, raw: Mapping[str, Any]) -> list[str]:  # noqa: ARG002 - the same for all
        return DEMANDS

    def run(self, ctx: StepContext) -> int:
        commands = DockerInputs.from_inputs(ctx.inputs).read()
        if ctx.engine.missing:
            return refuse(ctx, f"docker {commands[0].name} cannot be carried out")
        for command in commands:
            code = _carry_out(ctx, command)
            if code:
                if not ctx.reason:
                    fail(ctx, f"line {command.line}: docker {command.name} failed: {ctx.complaint()}", code)
                return code
        return 0


def _carry_out(ctx: StepContext, written: DockerCommand) -> int:
    from bottega.build.actions.docker_commands import build_arguments  # noqa: PLC0415 - most runs need it not
    from bottega.build.actions.registry_login import log_in, log_out  # noqa: PLC0415

    place = f"line {written.line}"
    if written.name == "login":
        return log_in(ctx, written)
    _refuse_private(ctx, written)
    command = written.filled(lambda word: put_in(ctx, word, "command", place))
    ctx.log("INFO", f"docker {command.name} {' '.join(command.words)}")
    if command.name == "logout":
        return log_out(ctx, command.words[0] if command.words else "")
    env: dict[str, str] = {}
    if command.name == "build":
        arguments, env = build_arguments(command, ctx.env)
    elif command.name == "save":
        arguments = [_archive(command), *command.words]
    else:
        options = [part for pair in command.options for part in pair if part]
        arguments = [*options, *(() if command.name == "tag" else ("--",)), *command.words]
        if any(word.startswith("-") for word in command.words):
            raise InputError("command", f"{place}: a name cannot begin with '-'")
    return ctx.run_engine(_SCRIPTS[command.name], arguments, env=env)


def _refuse_private(ctx: StepContext, written: DockerCommand) -> None:
    """Everybody on the host can read an argument list, so no private value may get into one."""
    words = [value for name, value in written.options if name != "--build-arg"]
    if any(names_private(ctx, word) for word in [*words, *written.words]):
        raise InputError(
            "command",
            f"line {written.line}: a private parameter can only be used to log in, or by --build-arg",
        )


def _archive(command: DockerCommand) -> str:
    path = command.option("--output")
    if not path:
        raise InputError("command", f"line {command.line}: docker save needs -o and a file")
    if path.startswith("/workspace/"):
        path = path.removeprefix("/workspace/")
    if path.startswith("/") or ".." in path.split("/") or ":" in path:
        raise InputError("command", f"line {command.line}: docker save writes below the workspace alone")
    return f"./{path}"


def _command(words: list[str], number: int) -> list[str]:
    if words[0] != "docker" or len(words) == 1:
        raise InputError("command", f"line {number} must be a docker command, not {words[0][:_SHOWN]!r}")
    if words[1] not in COMMANDS:
        allowed = ", ".join(COMMANDS)
        raise InputError("command", f"line {number}: docker {words[1][:_SHOWN]!r} is none of {allowed}")
    return words[1:]
