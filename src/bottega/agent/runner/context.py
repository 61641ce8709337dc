"""What a build action may do: run commands, write to the log, leave values for the steps after it."""

from __future__ import annotations

import os
import re

from bottega.agent.runner.trusted import start_trusted
from bottega.agent.sandbox import Bind, Command, SandboxUnavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from bottega.agent.containers.engine import Engine
    from bottega.agent.runner.attempt import Attempt
    from bottega.agent.runner.caches import Caches
    from bottega.agent.runner.containers import Containers
    from bottega.agent.runner.spec import Step
    from bottega.agent.runner.transfers import Transfers
    from bottega.agent.tools.tool import Tool

_LOOK_BACK_BYTES = 8192
_OUTPUT_LINE = re.compile(rb"^\[[^\]\n]*\] \[INFO\] ([^\n]{1,300})", re.MULTILINE)


class StepContext:
    """One step's view of its attempt. Any method may raise Halted: the run has to end, let it pass."""

    def __init__(self, attempt: Attempt, step: Step) -> None:
        self._attempt = attempt
        self._step = step
        self._output_from = 0
        self._own_env: dict[str, str] = {}
        self.inputs: Mapping[str, Any] = step.inputs
        self.reason = ""

    @property
    def run_id(self) -> str:
        """The run this attempt belongs to."""
        return self._attempt.spec.run_id

    @property
    def attempt_name(self) -> str:
        """``<run id>.<attempt>``: what belongs to this attempt alone is named after it."""
        return self._attempt.spool.name

    @property
    def env(self) -> dict[str, str]:
        """The variables of the step, as a copy: change them with ``set_env`` or ``set_own_env``."""
        return {**self._attempt.environment, **self._own_env}

    @property
    def tools(self) -> Sequence[Tool] | None:
        """The tools of the agent's host, those to prefer first; None when the agent does not know them."""
        return self._attempt.spec.tools

    @property
    def strict(self) -> bool:
        """Whether a step must not run with other tools than its image asks for."""
        return self._attempt.spec.image_match == "strict"

    @property
    def workspace(self) -> str:
        """The workspace as the agent sees it. What is in there belongs to the build: never trust it."""
        return self._attempt.spec.workspace

    @property
    def network(self) -> bool:
        """Whether the build's commands may use the network."""
        return self._attempt.spec.network

    @property
    def beside_workspace(self) -> str:
        """A folder of the agent on the same disk, which no command of the build may write to."""
        return os.path.dirname(self._attempt.spec.workspace)  # noqa: PTH120 - pathlib is not for runners

    @property
    def workspace_bytes(self) -> int:
        """How much disk the attempt may use."""
        return self._attempt.spec.workspace_bytes

    @property
    def git(self) -> Mapping[str, Any]:
        """Policy and credentials for git, as the agent wrote them into the spec."""
        return self._attempt.spec.git

    @property
    def mirrors_root(self) -> str:
        """Where the agent keeps its bare mirrors."""
        return self._attempt.spec.mirrors_root

    @property
    def uid(self) -> int | None:
        """The uid of the build's commands; None where they have the agent's own."""
        return self._attempt.spec.uid

    def watch_size(self, folder: str) -> None:
        """Count what is in a folder with the disk that the attempt may use."""
        self._attempt.quota.watch(folder)

    def wait(self, seconds: float) -> None:
        """Do nothing for a while; the run may end meanwhile."""
        self._attempt.follower.wait(seconds)

    def secret_file(self, name: str) -> tuple[bytes, str]:
        """Content of a file the run was given, and an empty text; or nothing and why the run does not have it."""
        for number, file in enumerate(self._attempt.spec.secret_files):
            if file.name == name:
                return (b"", file.refusal) if file.refusal else (self._attempt.spool.read_file(number), "")
        return b"", "the run was not given this file"

    @property
    def transfers(self) -> Transfers:
        """Whom artifacts are given to and got from; what it raises is a TransferError."""
        attempt = self._attempt
        if attempt.transfers is None:
            attempt.transfers = _open_transfers(attempt)
            attempt.at_end.append(attempt.transfers.close)
        return attempt.transfers

    def use_transfers(self, transfers: Transfers) -> None:
        """Exchange artifacts with somebody else than the server from now on."""
        self._attempt.transfers = transfers

    @property
    def caches(self) -> Caches:
        """What is known of the dependency caches of this attempt."""
        if self._attempt.caches is None:
            # Most runs have no caches and need not pay for this import.
            from bottega.agent.runner.caches import Caches  # noqa: PLC0415

            self._attempt.caches = Caches()
        return self._attempt.caches

    def keep_in_home(self, folder: str) -> bool:
        """Have a folder below /home/build stay for later commands; False when it did already. Raises OSError."""
        attempt = self._attempt
        return self.caches.keep(
            attempt.sandbox,
            attempt.quota,
            folder,
            beside=self.beside_workspace,
            level=attempt.spec.facilities.level,
            uid=attempt.spec.uid,
        )

    @property
    def later_steps(self) -> Sequence[Step]:
        """The steps after this one that are not switched off."""
        steps = list(self._attempt.spec.steps)
        return [one for one in steps[steps.index(self._step) + 1 :] if one.enabled]

    @property
    def stage(self) -> str:
        """The key of the step's stage."""
        return self._step.key

    def sandbox_path(self, inside: str) -> str:
        """Where ``/workspace``, ``/home/build`` or a bind's target is for a command of this attempt."""
        return self._attempt.sandbox.path(inside)

    def log(self, level: str, message: str) -> None:
        """A line of the step: level DEBUG, INFO, WARN or ERROR."""
        self._attempt.say(level, message, self._step.tag)

    def explain(self, reason: str) -> None:
        """Say for the record why the step fails: its owner reads this where the exit code would stand."""
        self.reason = reason

    def complaint(self) -> str:
        """What the last command said went wrong: its first line with ``fatal:`` or ``error:``, else its last one."""
        attempt = self._attempt
        start = max(self._output_from, attempt.log.size - _LOOK_BACK_BYTES)
        lines = _OUTPUT_LINE.findall(attempt.spool.read_log(start, _LOOK_BACK_BYTES))
        found = next((line for line in lines if line.startswith((b"fatal: ", b"error: "))), None)
        return (found or (lines or [b""])[-1]).decode("utf-8", "replace")

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str = "/workspace",
        network: bool | None = None,
        stdin: bytes | int = b"",
        binds: Sequence[Bind] = (),
    ) -> int:
        """Run a command in the sandbox, its output going to the log; returns its exit code (128 + N on signal N).

        ``env`` replaces the step's variables wholly (take ``{**ctx.env, ...}`` to add some), ``cwd`` is a
        path as seen inside, ``network`` None means what the attempt allows and never more. What the command
        leaves running is killed when it ends. ``stdin`` is content, or the descriptor of an open file. ``binds`` are
        folders that this command alone is shown. Raises SandboxUnavailable when it cannot be started.
        """
        self._output_from = self._attempt.log.size
        allowed = self._attempt.spec.network
        command = Command(
            argv,
            self.env if env is None else env,
            cwd,
            network=allowed if network is None else allowed and network,
            stdin=stdin,
            binds=binds,
        )
        return self._attempt.follower.run(lambda output: self._attempt.sandbox.start(command, output))

    @property
    def engine(self) -> Engine:
        """The container engine of the agent's host; its ``missing`` says why it cannot be used."""
        return self._attempt.spec.containers.engine

    @property
    def registry(self) -> tuple[str, str]:
        """Where images are pushed to, with ``{region}`` in it, and the region of who names none."""
        return self._attempt.spec.containers.push_to, self._attempt.spec.containers.region

    @property
    def containers(self) -> Containers:
        """What of container images the attempt has, where there is an engine. Raises SandboxUnavailable."""
        if self._attempt.containers is None:
            # Most runs have no images and need not pay for this import.
            from bottega.agent.runner.containers import Containers  # noqa: PLC0415

            try:
                self._attempt.containers = Containers(self._attempt)
            except OSError as error:
                reason = f"there is no place for container images: {error.strerror}"
                raise SandboxUnavailable(reason) from error
        return self._attempt.containers

    def is_private(self, value: str) -> bool:
        """Whether that is the value of a private parameter."""
        return value in self._attempt.spec.secrets

    def run_engine(
        self,
        script: str,
        arguments: Sequence[str] = (),
        *,
        env: Mapping[str, str] | None = None,
        stdin: bytes | int = b"",
    ) -> int:
        """Run a script of ours in which ``engine`` is the container engine; returns its exit code.

        ``env`` are further variables for the engine, ``stdin`` as in ``run``. Raises SandboxUnavailable.
        """
        self._output_from = self._attempt.log.size
        command = self.containers.command(
            script, arguments, step=self.env, env=env or {}, network=self.network, stdin=stdin
        )
        return self._attempt.follower.run(lambda output: self._attempt.sandbox.start(command, output))

    def run_trusted(self, argv: Sequence[str], *, env: Mapping[str, str], cwd: str) -> int:
        """Run a command as the agent, outside the sandbox, with exactly ``env``; it must not run anything
        of the workspace.

        Returns its exit code. Raises SandboxUnavailable when it cannot be started.
        """
        self._output_from = self._attempt.log.size
        spec = self._attempt.spec
        name = f"{self._attempt.name}-trusted"
        return self._attempt.follower.run(
            lambda output: start_trusted(argv, env, cwd, output, limits=spec.limits, name=name)
        )

    def set_env(self, name: str, value: str) -> None:
        """Set a variable for the rest of this step and all later ones."""
        self._attempt.environment[name] = value
        self._own_env.pop(name, None)

    def set_own_env(self, name: str, value: str) -> None:
        """Set a variable for the rest of this step alone."""
        self._own_env[name] = value

    def add_bind(self, bind: Bind) -> None:
        """Show a host folder to all commands that start from now on."""
        self._attempt.sandbox.add_bind(bind)

    def at_end(self, give_back: Callable[[], None]) -> None:
        """Call ``give_back`` when the run is over, however it ends, unless the runner is killed."""
        self._attempt.at_end.append(give_back)

    def refuse_if_halted(self) -> None:
        """Let the run end if it has to; for long work that is not a command."""
        self._attempt.follower.refuse_if_halted()

    def emit_tests(self, *, success: int, failures: int, errors: int, others: int, execution_ms: int) -> None:
        """Tell the server how the tests of this step ended, in place of what it was told of them before."""
        self._attempt.events.add(
            "tests",
            stage=self._step.key,
            success=success,
            failures=failures,
            errors=errors,
            others=others,
            execution_ms=execution_ms,
        )

    def emit_coverage(self, counters: Mapping[str, tuple[int, int]]) -> None:
        """The same for what they covered: how many of how many, by instructions, branches, lines, methods, classes."""
        counted = {kind: {"covered": covered, "total": total} for kind, (covered, total) in counters.items()}
        self._attempt.events.add("coverage", stage=self._step.key, **counted)

    def emit_source(
        self,
        *,
        url: str,
        branch: str = "",
        tag: str = "",
        commit: str,
        message: str = "",
        author: str = "",
        committed_at: str = "",
    ) -> None:
        """Tell the server what is being built; ``committed_at`` in ISO 8601."""
        self._attempt.events.add(
            "source",
            url=url,
            branch=branch,
            tag=tag,
            commit=commit,
            message=message,
            author=author,
            committed_at=committed_at,
        )


def _open_transfers(attempt: Attempt) -> Transfers:
    # Most runs transfer nothing and need not pay for these imports.
    from bottega.agent.runner.http_transfers import HttpTransfers  # noqa: PLC0415
    from bottega.agent.runner.transfers import Transfers  # noqa: PLC0415

    spec = attempt.spec
    if not spec.server_url:
        return Transfers()
    return HttpTransfers(
        spec.server_url,
        run_id=spec.run_id,
        attempt=spec.attempt,
        lease_token=spec.lease_token,
        look_up=attempt.follower.refuse_if_halted,
        pause=attempt.follower.wait,
    )
