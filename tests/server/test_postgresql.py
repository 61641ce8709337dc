"""The same server on PostgreSQL: alone, and as two replicas that share everything but their data folders."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from huaweicloudsdkcodeartsbuild.v3 import DeleteTheJobRequest, ShowJobConfigRequest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from bottega.agent.identity import AgentIdentity, load_identity
from bottega.data_folder import MASTER_KEY_FILE
from tests.support.agents import AgentProcess
from tests.support.brokers import Broker
from tests.support.buckets import Bucket, Buckets
from tests.support.databases import Postgres
from tests.support.processes import processes_with
from tests.support.server import Api, Server, sdk_client
from tests.support.waiting import eventually


def test_a_server_on_postgresql_builds_as_on_sqlite(
    server_factory: Callable[..., Server], postgres: Postgres
) -> None:
    url = postgres.new_empty_database()
    server = server_factory(BOTTEGA_DATABASE__URL=url, BOTTEGA_AGENT__SLOTS="2")
    server.start(wait=False)
    assert server.process is not None
    assert server.process.wait(60) == 1
    assert "run 'bottega admin migrate'" in server.output.read_text()

    assert "migrated to 0001" in server.admin("migrate")
    assert "nothing to do" in server.admin("migrate")
    server.start()
    api = Api(server.endpoint, server.credentials)
    job_id = api.create_task(
        'echo "hello $WHO"; echo done', "main-job", parameters=[_parameter("WHO", "you")]
    )
    record = api.wait(job_id, api.execute(job_id, parameter=[{"name": "WHO", "value": "PostgreSQL"}]))
    assert record["status"] == "SUCCESS"
    assert "hello PostgreSQL\n" in api.log(record)

    job_id = api.create_task("sleep 7741", "stopped")
    number = api.execute(job_id)
    eventually(lambda: processes_with("7741"), 30.0)
    api.call("POST", f"/v1/job/{job_id}/stop", json={"build_no": int(number)})
    assert api.wait(job_id, number)["status"] == "ABORTED"
    assert processes_with("7741") == []

    client = sdk_client(server)
    client.delete_the_job(DeleteTheJobRequest(job_id=job_id))
    with pytest.raises(ClientRequestException) as gone:
        client.show_job_config(ShowJobConfigRequest(job_id=job_id))
    assert (gone.value.status_code, gone.value.error_code) == (422, "DEVCB.00031006")
    client.get_http_client().close()
    api.http.close()
    assert server.stop() == 0
    postgres.drop(url)


class Cluster:
    """Two replicas without an agent, and an agent on a host of its own."""

    def __init__(self, first: Server, second: Server, agent: AgentProcess) -> None:
        self.first, self.second, self.agent = first, second, agent
        self.one = Api(first.endpoint, first.credentials)
        # Any replica takes the credentials the first one wrote.
        self.two = Api(second.endpoint, first.credentials)


@pytest.fixture(scope="module")
def cluster(
    server_factory: Callable[..., Server],
    agent_factory: Callable[..., AgentProcess],
    broker: Broker,
    buckets: Buckets,
    postgres: Postgres,
) -> Iterator[Cluster]:
    url = postgres.new_empty_database()
    environment = _environment(url, broker, buckets.new())
    first, second = (server_factory("--no-agent", **environment) for _ in range(2))
    first.data.mkdir()
    first.admin("migrate")
    first.start()
    second.data.mkdir()
    shutil.copy(first.data / MASTER_KEY_FILE, second.data / MASTER_KEY_FILE)
    second.start()
    identity = _enrol(second, broker)
    agent = agent_factory(identity, BOTTEGA_AGENT__SLOTS="2", BOTTEGA_RUNS__RENEW_SECONDS="0.5")
    agent.start()
    cluster = Cluster(first, second, agent)
    yield cluster
    agent.stop()
    for api in (cluster.one, cluster.two):
        api.http.close()
    for server in (first, second):
        if server.process is not None and server.process.poll() is None:
            server.stop()
    postgres.drop(url)


def test_replicas_share_builds_and_stop_each_others_and_read_each_others_logs(cluster: Cluster) -> None:
    one, two = cluster.one, cluster.two
    job_id = one.create_task("echo first line; sleep 7742", "shared")
    number = one.execute(job_id)
    eventually(lambda: processes_with("7742"), 30.0)
    assert two.record(job_id, number)["status"] == "RUNNING"
    two.call("POST", f"/v1/job/{job_id}/stop", json={"build_no": int(number)})
    assert one.wait(job_id, number)["status"] == "ABORTED"
    assert processes_with("7742") == []

    # Whichever of them answers the agent's claims: each build is shown by both.
    finished = [_run(one, two, number) for number in range(4)]
    for record in finished:
        logs = [eventually(lambda api=api, record=record: _log(api, record), 30.0) for api in (one, two)]
        assert logs[0] == logs[1]
        assert "hello from a build" in logs[0]
    listed = [api.call("GET", f"/v1/job/{one.project_id}/list?page_size=100") for api in (one, two)]
    assert listed[0]["result"]["total"] == listed[1]["result"]["total"] >= 5


def test_a_build_goes_on_while_either_replica_is_killed_and_started_again(cluster: Cluster) -> None:
    command = 'i=0; while [ $i -lt 100 ]; do i=$((i+1)); echo "line $i"; sleep 0.03; done'
    job_id = cluster.one.create_task(command, "surviving")
    number = cluster.one.execute(job_id)
    eventually(lambda: cluster.one.record(job_id, number)["status"] == "RUNNING", 30.0)
    for server in (cluster.first, cluster.second):
        server.kill()
        server.start()
    record = cluster.two.wait(job_id, number)
    assert record["status"] == "SUCCESS"
    for api in (cluster.one, cluster.two):
        log = eventually(lambda api=api: _log(api, record), 30.0)
        lines = [line.rpartition("] line ")[2] for line in log.splitlines() if "] line " in line]
        assert lines == [str(number) for number in range(1, 101)]


def _run(one: Api, two: Api, number: int) -> dict[str, Any]:
    starter, watcher = (one, two) if number % 2 else (two, one)
    job_id = starter.create_task("echo hello from a build", f"task-{number}")
    record = watcher.wait(job_id, starter.execute(job_id))
    assert record["status"] == "SUCCESS"
    return record


def _log(api: Api, record: dict[str, Any]) -> str:
    """The log once this replica can read it; until it is sealed others say that it is being stored."""
    answer = api.http.get(f"/v4/{record['build_record_id']}/download-log")
    if answer.status_code == 503:
        assert "is being stored; ask again" in answer.json()["error_msg"]
        return ""
    assert answer.status_code == 200, answer.text
    return answer.text


def _enrol(server: Server, broker: Broker) -> AgentIdentity:
    file = server.data.parent / "enrolled.json"
    server.admin("add-agent", "builder-1", "--url", broker.agent_url, "--output", str(file))
    identity = load_identity(Path(file))
    broker.allow(identity)
    return identity


def _environment(url: str, broker: Broker, bucket: Bucket) -> dict[str, str]:
    options = {f"BOTTEGA_OBJECTS__OPTIONS__{name.upper()}": value for name, value in bucket.options.items()}
    return {
        "BOTTEGA_DATABASE__URL": url,
        "BOTTEGA_NATS__URL": broker.control_url,
        "BOTTEGA_OBJECTS__URL": bucket.url,
        **options,
    }


def _parameter(name: str, default: str) -> dict[str, Any]:
    pairs = {"name": name, "type": "normalparam", "defaultValue": default, "staticVar": "true"}
    return {
        "name": "hudson.model.StringParameterDefinition",
        "params": [{"name": key, "value": value} for key, value in pairs.items()],
    }
