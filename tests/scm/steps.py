"""A step context without a sandbox: commands really run, in folders, with the paths of a host without namespaces."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bottega.agent.sandbox import Bind
from bottega.scm.checkout import prepare


@dataclass(frozen=True)
class SourceInputs:
    url: str
    branch: str = ""
    tag: str = ""
    commit: str = ""
    build_type: str = ""
    depth: int = 1
    submodules: bool = False
    lfs: bool = False
    path: str = ""


@dataclass
class FolderContext:
    """One attempt's step; ``lines`` is its log, ``facts`` what the server was told."""

    root: Path
    run_id: str = "run1"
    git: dict[str, Any] = field(default_factory=lambda: {"policy": {"file_urls": True, "loopback": True}})
    mirrors_root: Path = Path()
    env: dict[str, str] = field(default_factory=lambda: {"PATH": os.environ["PATH"], "HOME": "/nonexistent"})
    lines: list[tuple[str, str]] = field(default_factory=list)
    facts: list[dict[str, str]] = field(default_factory=list)
    trusted: list[list[str]] = field(default_factory=list)
    binds: dict[str, str] = field(default_factory=dict)
    reason: str = ""

    def __post_init__(self) -> None:
        self.workspace = self.root / "workspaces" / self.run_id
        self.workspace.mkdir(parents=True, exist_ok=True)
        self.mirrors_root = self.root / "mirrors"

    def checkout(self, url: str, **inputs: Any) -> int:
        return prepare(self, SourceInputs(url, **inputs))

    def errors(self) -> list[str]:
        return [message for level, message in self.lines if level == "ERROR"]

    def git_in_workspace(self, *arguments: str, folder: str = "") -> str:
        """What a later step sees."""
        env = {**self.env, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.workspace / folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def log(self, level: str, message: str) -> None:
        self.lines.append((level, message))

    def explain(self, reason: str) -> None:
        self.reason = reason

    def complaint(self) -> str:
        said = (line for level, line in self.lines if level == "OUTPUT" and line.startswith("fatal: "))
        return next(said, "")

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str = "/workspace",
        network: bool | None = None,  # noqa: ARG002 - a host folder has no network of its own
        stdin: bytes = b"",
    ) -> int:
        return self._run(argv, self.env if env is None else env, self.sandbox_path(cwd), stdin)

    def run_trusted(self, argv: Sequence[str], *, env: Mapping[str, str], cwd: str) -> int:
        self.trusted.append(list(argv))
        return self._run(argv, env, cwd, b"")

    def _run(self, argv: Sequence[str], env: Mapping[str, str], cwd: str, stdin: bytes) -> int:
        done = subprocess.run(
            argv,
            env=dict(env),
            cwd=cwd,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self.lines += [("OUTPUT", line) for line in done.stdout.decode().splitlines()]
        return done.returncode

    def add_bind(self, bind: Bind) -> None:
        assert not bind.writable
        self.binds[bind.target] = bind.source

    def sandbox_path(self, inside: str) -> str:
        for target, source in {"/workspace": str(self.workspace), **self.binds}.items():
            if inside == target or inside.startswith(target + "/"):
                return source + inside[len(target) :]
        return inside

    def set_env(self, name: str, value: str) -> None:
        self.env[name] = value

    def emit_source(self, **facts: str) -> None:
        self.facts.append(facts)

    @property
    def attempt_name(self) -> str:
        return self.run_id

    @property
    def fetches(self) -> int:
        """How often git was sent to the remote for objects."""
        return sum("fetch" in argv for argv in self.trusted)

    @property
    def mirror(self) -> Path:
        """The only mirror there is."""
        (found,) = self.mirrors_root.glob("*.git")
        return found
