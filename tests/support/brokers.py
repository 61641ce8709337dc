"""A NATS server that no Bottega started, with accounts as its administrator would make them."""

import json
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bottega.agent.identity import AgentIdentity
from bottega.runs.nats_server import agent_permissions, find_binary
from tests.support.processes import free_port
from tests.support.waiting import eventually

PASSWORD = "control-password"


class Broker:
    """Listens on loopback; ``allow`` lets agents in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._users: list[dict[str, object]] = [{"user": "control", "password": PASSWORD}]
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def control_url(self) -> str:
        """For servers."""
        return f"nats://control:{PASSWORD}@127.0.0.1:{self.port}"

    @property
    def agent_url(self) -> str:
        """For agents, which have their own passwords."""
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._write()
        with (self._folder / "nats.log").open("ab") as output:
            self._process = subprocess.Popen(
                [find_binary(), "-c", str(self._folder / "nats.conf")], stdout=output, stderr=output
            )
        log = self._folder / "nats.log"
        eventually(lambda: "Server is ready" in log.read_text(), 20)

    def allow(self, identity: AgentIdentity) -> None:
        """Make an account for an agent, limited to its own subjects."""
        self._users.append(
            {
                "user": identity.agent_id,
                "password": identity.key,
                "permissions": agent_permissions(identity.agent_id),
            }
        )
        self._write()
        if self._process is not None:
            self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def _write(self) -> None:
        config = {
            "host": "127.0.0.1",
            "port": self.port,
            "jetstream": {"store_dir": str(self._folder / "store")},
            "authorization": {"users": self._users},
        }
        temporary = self._folder / "nats.conf.new"
        temporary.write_text(json.dumps(config))
        temporary.replace(self._folder / "nats.conf")


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    folder = Path(tempfile.mkdtemp(prefix="bottega-nats-"))
    broker = Broker(folder)
    broker.start()
    yield broker
    broker.stop()
    shutil.rmtree(folder, ignore_errors=True)
