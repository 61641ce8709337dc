"""What a checkout needs of the step it runs in; the runner's step context fits it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol


class Context(Protocol):
    """Runs commands inside the sandbox and outside of it, and tells the server and the log what is found."""

    @property
    def env(self) -> Mapping[str, str]: ...

    @property
    def attempt_name(self) -> str: ...

    @property
    def git(self) -> Mapping[str, Any]:
        """`bottega.scm.options.GitOptions` in JSON form."""
        ...

    @property
    def mirrors_root(self) -> str | Path: ...

    def log(self, level: str, message: str) -> None: ...

    def explain(self, reason: str) -> None:
        """Why the step fails, for the record."""
        ...

    def complaint(self) -> str:
        """What the last command in the sandbox said went wrong, or nothing."""
        ...

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str = "/workspace",
        network: bool | None = None,
        stdin: bytes = b"",
    ) -> int:
        """Inside the sandbox, as the build's user."""
        ...

    def run_trusted(self, argv: Sequence[str], *, env: Mapping[str, str], cwd: str) -> int:
        """Outside the sandbox, as the agent."""
        ...

    def add_bind(self, bind: Any) -> None:
        """Takes a `bottega.agent.sandbox.Bind`."""
        ...

    def sandbox_path(self, inside: str) -> str: ...

    def set_env(self, name: str, value: str) -> None: ...

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
    ) -> None: ...
