"""Full disks, lost and repeated messages, a network that fails: nothing is lost, doubled, or left running."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nats
import pytest

from bottega import migrate
from bottega.agent.identity import AgentIdentity
from bottega.app import open_database
from bottega.clock import epoch_ms
from bottega.data_folder import MASTER_KEY_FILE
from bottega.ids import new_hex
from bottega.runs.agents import KEY_PURPOSE
from bottega.runs.tables import Agent
from bottega.settings import load
from bottega.store.secrets import SecretBox
from tests.support.agents import AgentProcess
from tests.support.gate import Gate
from tests.support.processes import free_port, processes_with
from tests.support.server import Api, Server
from tests.support.small_disks import SmallDisk
from tests.support.waiting import eventually
from tests.survival.conftest import LONG_LEASE_SECONDS, SHORT_LEASE_SECONDS, counted_lines, counting

MIB = 1024 * 1024
LINES = 100


class Remote:
    """A server, and an agent of its own behind a gate."""

    def __init__(self, server: Server, agent: AgentProcess, gate: Gate, nats_port: int) -> None:
        self.server, self.agent, self.gate = server, agent, gate
        self.nats_port = nats_port
        server.start()
        agent.start()
        self.api = Api(server.endpoint, server.credentials)

    def running(self, command: str, name: str = "task") -> tuple[str, str]:
        """A task and its build number, once the step prints."""
        job_id = self.api.create_task(command, name)
        number = self.api.execute(job_id)
        eventually(lambda: "line 5" in self.shown(job_id, number), 30.0)
        return job_id, number

    def shown(self, job_id: str, number: str) -> str:
        path = f"/v3/jobs/{job_id}/{number}/real-time-log?offset=0"
        return self.api.call("GET", path)["result"]["content"]

    def expect_whole(self, job_id: str, number: str, lines: int = LINES) -> None:
        """It succeeded at its first attempt, every line is there once, and the agent has forgotten it."""
        record = self.api.wait(job_id, number)
        log = self.api.log(record)
        assert record["status"] == "SUCCESS", (record, log[-2000:], self.agent.told()[-2000:])
        assert counted_lines(log) == list(range(1, lines + 1))
        assert "attempt 2" not in log
        self.expect_forgotten()

    def expect_forgotten(self) -> None:
        """No spool and no workspace is left on the agent's host."""
        folders = [self.agent.folder / name for name in ("spool", "work")]
        eventually(lambda: not [one for folder in folders for one in folder.iterdir()], 20.0)


class Remotes:
    """Makes them, and ends them."""

    def __init__(
        self,
        servers: Callable[..., Server],
        agents: Callable[..., AgentProcess],
        gates: Callable[[int], Gate],
    ) -> None:
        self._servers, self._agents, self._gates = servers, agents, gates
        self._made: list[Remote] = []

    def make(
        self,
        lease_seconds: int,
        prepare: Callable[[Server, AgentProcess], object] = lambda _server, _agent: None,
        **environment: str,
    ) -> Remote:
        """``prepare`` is called before anything is written or started."""
        port = free_port()
        both = {
            "BOTTEGA_RUNS__LEASE_SECONDS": str(lease_seconds),
            "BOTTEGA_RUNS__RENEW_SECONDS": "0.5",
            "BOTTEGA_RUNS__STOP_GRACE_SECONDS": "0.5",
            "BOTTEGA_AGENT__SLOTS": "2",
            **environment,
        }
        server = self._servers("--no-agent", BOTTEGA_NATS__PORT=str(port), **both)
        gate = self._gates(port)
        # Enrolled before the server starts, so that nobody has to wait for its broker to let the agent in.
        identity = AgentIdentity(
            agent_id=new_hex(), name="remote", pool="default", url=f"nats://127.0.0.1:{gate.port}", key="key"
        )
        agent = self._agents(identity, **both)
        prepare(server, agent)
        _enrol(server.data, identity)
        remote = Remote(server, agent, gate, port)
        self._made.append(remote)
        return remote

    def end(self) -> None:
        for remote in self._made:
            remote.api.http.close()
            remote.gate.open()
            remote.agent.stop()
            remote.server.stop()


def _enrol(data: Path, identity: AgentIdentity) -> None:
    settings = load(environment={}, overrides={"data_dir": str(data)})
    database = open_database(settings)
    migrate.upgrade(database)
    box = SecretBox.open(data / MASTER_KEY_FILE)
    with database.write() as session:
        session.add(
            Agent(
                id=identity.agent_id,
                name=identity.name,
                pool=identity.pool,
                sealed_key=box.seal(identity.key, KEY_PURPOSE),
                created_at=epoch_ms(),
            )
        )
    database.close()


@pytest.fixture
def remotes(
    server_factory: Callable[..., Server],
    agent_factory: Callable[..., AgentProcess],
    make_gate: Callable[[int], Gate],
) -> Iterator[Remotes]:
    remotes = Remotes(server_factory, agent_factory, make_gate)
    yield remotes
    remotes.end()


@pytest.fixture(scope="module")
def steady(
    server_factory: Callable[..., Server],
    agent_factory: Callable[..., AgentProcess],
    make_gate: Callable[[int], Gate],
) -> Iterator[Remote]:
    """One for the tests that leave it as they found it."""
    remotes = Remotes(server_factory, agent_factory, make_gate)
    yield remotes.make(LONG_LEASE_SECONDS)
    remotes.end()


def test_answers_of_the_recorder_that_get_lost_cost_no_line_and_double_none(steady: Remote) -> None:
    steady.gate.lose(lambda subject: subject.endswith(".stored"))
    job_id, number = steady.running(counting(LINES), "lost-answers")
    # Even the last one, by which the agent would have known that it may forget the run.
    assert steady.api.wait(job_id, number)["status"] == "SUCCESS"
    assert steady.gate.lost > 3
    assert len(list((steady.agent.folder / "spool").iterdir())) == 1
    steady.gate.lose(lambda _subject: False)
    steady.expect_whole(job_id, number)


class Echo:
    """Publishes every report of an agent once more."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._ready = threading.Event()
        self._stop = threading.Event()
        self.repeated = 0
        self._thread = threading.Thread(target=asyncio.run, args=(self._run(),))

    def __enter__(self) -> "Echo":
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    async def _run(self) -> None:
        password = (self._remote.server.data / "nats" / "control.key").read_text().strip()
        url = f"nats://127.0.0.1:{self._remote.nats_port}"
        client = await nats.connect(url, user="control", password=password, no_echo=True)

        async def again(message: Any) -> None:
            self.repeated += 1
            await client.publish(message.subject, message.data)

        await client.subscribe("bottega.report.>", cb=again)
        await client.flush()
        self._ready.set()
        await asyncio.to_thread(self._stop.wait)
        await client.close()


def test_reports_that_arrive_twice_are_stored_once(steady: Remote) -> None:
    with Echo(steady) as echo:
        job_id, number = steady.running(counting(LINES), "repeated")
        steady.expect_whole(job_id, number)
        assert echo.repeated > 3
    record_id = steady.api.record(job_id, number)["id"]
    stages = steady.api.call("GET", f"/v1/record/{record_id}/full-stages")["result"]["build_stages"]
    assert list(stages) == ["initial", "stage1", "final"]


def test_a_network_that_fails_for_less_than_a_lease_costs_the_build_nothing(steady: Remote) -> None:
    job_id, number = steady.running(counting(LINES), "short-failure")
    steady.gate.freeze()
    # It goes on meanwhile, to its end.
    spool = next((steady.agent.folder / "spool").iterdir())
    eventually((spool / "exit.json").exists, 30.0)
    assert steady.api.record(job_id, number)["status"] == "RUNNING"
    steady.gate.cut()
    steady.gate.open()
    steady.expect_whole(job_id, number)


def test_a_network_that_fails_for_longer_than_a_lease_ends_the_attempt_before_another_begins(
    remotes: Remotes,
) -> None:
    remote = remotes.make(SHORT_LEASE_SECONDS)
    job_id, number = remote.running(counting(20) + "; setsid sleep 7751")
    eventually(lambda: processes_with("sleep\0" + "7751"), 30.0)
    remote.gate.cut()
    eventually(lambda: remote.api.record(job_id, number)["status"] == "QUEUED", 60.0)
    # Nobody could tell the runner: it ended by its own clock, before its run was given away.
    assert processes_with("7751") == []
    remote.gate.open()
    eventually(lambda: "attempt 2" in remote.shown(job_id, number), 30.0)
    remote.api.call("POST", f"/v1/job/{job_id}/stop", json={"build_no": int(number)})
    assert remote.api.wait(job_id, number)["status"] == "ABORTED"
    assert processes_with("7751") == []
    remote.expect_forgotten()


def test_a_build_that_fills_the_agents_disk_fails_with_the_reason_and_the_next_one_runs(
    make_small_disk: Callable[[Path, str], SmallDisk], remotes: Remotes
) -> None:
    disks: list[SmallDisk] = []
    remote = remotes.make(
        LONG_LEASE_SECONDS,
        lambda _server, agent: disks.append(make_small_disk(agent.data, "12m")),
        BOTTEGA_RETENTION__MIN_FREE_BYTES=str(2 * MIB),
        BOTTEGA_RETENTION__MIN_FREE_PERCENT="0",
    )
    full = remote.api.create_task("echo line 5; yes " + "x" * 200, "fills-the-disk")
    record = remote.api.wait(full, remote.api.execute(full))
    assert record["status"] == "FAILURE"
    assert record["err_msg"] == "The log cannot be written: No space left on device (disk of the agent)"
    assert "line 5" in remote.api.log(record)
    remote.expect_forgotten()

    # Others may fill it too: then builds wait, and say why, until there is room again.
    ballast = disks[0].fill()
    job_id = remote.api.create_task(counting(LINES), "waits-for-room")
    number = remote.api.execute(job_id)
    eventually(lambda: "GiB free" in str(remote.api.record(job_id, number)), 30.0)
    assert remote.api.record(job_id, number)["status"] == "QUEUED"
    ballast.unlink()
    remote.expect_whole(job_id, number)


def test_a_full_disk_of_the_server_holds_builds_up_and_loses_nothing(
    make_small_disk: Callable[[Path, str], SmallDisk], remotes: Remotes
) -> None:
    disks: list[SmallDisk] = []

    def prepare(server: Server, _agent: AgentProcess) -> None:
        disks.append(make_small_disk(server.data, "64m"))
        disks.append(make_small_disk(server.data / "logs", "64k"))

    remote = remotes.make(
        LONG_LEASE_SECONDS,
        prepare,
        BOTTEGA_RETENTION__MIN_FREE_BYTES=str(2 * MIB),
        BOTTEGA_RETENTION__MIN_FREE_PERCENT="0",
    )
    # Only the disk of the live logs: what is reported is not acknowledged, and comes again.
    lines = 3_000
    job_id, number = remote.running(
        f"i=0; while [ $i -lt {lines} ]; do i=$((i+1)); echo line $i; done", "log-disk"
    )
    spool = next((remote.agent.folder / "spool").iterdir())
    eventually((spool / "exit.json").exists, 30.0)
    eventually(lambda: "report could not be stored" in remote.server.output.read_text(), 30.0)
    assert remote.api.record(job_id, number)["status"] == "RUNNING"
    disks[1].resize("16m")
    remote.expect_whole(job_id, number, lines)

    # Everything: the database and the broker cannot write either.
    lines = 200
    job_id, number = remote.running(counting(lines), "data-disk")
    spool = next((remote.agent.folder / "spool").iterdir())
    ballast = disks[0].fill()
    refused = remote.api.http.post("/v1/job/execute", json={"job_id": job_id})
    assert (refused.status_code, refused.json()["error_code"]) == (503, "CB.00060100")
    assert refused.json()["error_msg"].startswith("the disk of the data folder is low: 0.0 GiB free")
    assert "(retention.min_free_bytes)" in refused.json()["error_msg"]
    eventually((spool / "exit.json").exists, 30.0)
    assert remote.api.record(job_id, number)["status"] == "RUNNING"
    ballast.unlink()
    remote.expect_whole(job_id, number, lines)
