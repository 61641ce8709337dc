"""``bottega agent`` as a process of its own, away from any server."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from bottega.agent.identity import AgentIdentity


class AgentProcess:
    """``start`` and ``stop`` as often as a test likes; its folder stays."""

    def __init__(self, data: Path, identity: AgentIdentity, environment: Mapping[str, str]) -> None:
        self.data = data
        self.environment = dict(environment)
        self.process: subprocess.Popen[bytes] | None = None
        self.output = data.parent / "agent.log"
        self._file = data.parent / "agent.json"
        identity.save(self._file)

    @property
    def folder(self) -> Path:
        """Where its spools, workspaces and mirrors are."""
        return self.data / "agent"

    def start(self) -> None:
        command = ["-m", "bottega", "agent", "--data-dir", str(self.data), "--identity", str(self._file)]
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def stop(self) -> None:
        """SIGTERM; its running builds go on."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)

    def told(self) -> str:
        """What it wrote to its log."""
        return self.output.read_text()


@pytest.fixture(scope="session")
def agent_factory() -> Iterator[Callable[..., AgentProcess]]:
    made: list[AgentProcess] = []

    def make(identity: AgentIdentity, **environment: str) -> AgentProcess:
        # Not below pytest's own folder: builds run as users of their own and must reach their workspace.
        root = Path(tempfile.mkdtemp(prefix="bottega-agent-"))
        root.chmod(0o711)
        agent = AgentProcess(root / "data", identity, environment)
        made.append(agent)
        return agent

    yield make
    for agent in made:
        agent.stop()
        shutil.rmtree(agent.data.parent, ignore_errors=True)
