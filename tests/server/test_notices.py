"""Builds of a real server tell a webhook how they ended, also when the server is killed in between."""

import hashlib
import hmac
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.support.http_sink import HttpSink, Received, Reply, http_sink
from tests.support.server import Api, Server
from tests.support.waiting import eventually

SECRET = "SECsecret0123456789"
WAIT = 30.0


@pytest.fixture(scope="module")
def telling(server_factory: Callable[..., Server]) -> Server:
    """A server that may reach receivers on this machine."""
    server = server_factory(BOTTEGA_AGENT__SLOTS="1", BOTTEGA_NOTIFY__ALLOW_PRIVATE="true")
    server.start()
    return server


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with http_sink() as sink:
        yield sink


def tell(api: Api, job_id: str, sink: HttpSink, *events: str) -> None:
    config = {"webhook_url": sink.url("/hooks/token-0123456789"), "secret": SECRET}
    body = {
        "notice_type": "WEBHOOK",
        "enabled_event_type_names": list(events),
        "param_config": json.dumps(config),
    }
    api.call("PUT", f"/v1/job/{job_id}/notice", json=body)


def is_signed(request: Received) -> bool:
    signed = f"{request.headers['x-bottega-timestamp']}.".encode() + request.body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    return request.headers["x-bottega-signature"] == f"sha256={expected}"


def sql(server: Server, statement: str, *values: Any) -> list[Any]:
    """Read the server's database, or change it while the server is not running."""
    with closing(sqlite3.connect(server.data / "bottega.db")) as connection, connection:
        return connection.execute(statement, values).fetchall()


def tries(server: Server, job_id: str) -> list[Any]:
    """The answers of the tries at the one message about a task."""
    return sql(
        server,
        "SELECT status FROM notify_tries JOIN notify_deliveries ON id = delivery_id"
        " WHERE origin = ? ORDER BY number",
        job_id,
    )


def test_ends_of_builds_and_changes_of_the_task_are_told(telling: Server, sink: HttpSink) -> None:
    api = Api(telling.endpoint, telling.credentials)
    job_id = api.create_task("exit 3", "failing")
    tell(api, job_id, sink, "buildJobFail", "updateConfigJob", "deleteJob")
    number = api.execute(job_id)
    record = api.wait(job_id, number)
    eventually(lambda: sink.received, WAIT)
    api.call("DELETE", f"/v1/job/{job_id}/delete")
    eventually(lambda: len(sink.received) == 2, WAIT)
    failed, deleted = sink.received
    assert is_signed(failed)
    assert failed.json["event"] == "buildJobFail"
    assert failed.json["data"]["record_id"] == record["build_record_id"]
    assert failed.json["data"]["status"] == "FAILURE"
    assert failed.json["data"]["build_no"] == int(number)
    assert deleted.json["event"] == "deleteJob"
    assert failed.json["id"] != deleted.json["id"]
    api.http.close()


def test_a_server_that_is_killed_tells_after_its_restart(telling: Server, sink: HttpSink) -> None:
    api = Api(telling.endpoint, telling.credentials)
    job_id = api.create_task("true", "told-later")
    tell(api, job_id, sink, "buildJobSuccess")
    let_go = threading.Event()
    sink.replies = [Reply(503), Reply(hold=let_go)]
    api.wait(job_id, api.execute(job_id))
    api.http.close()
    eventually(lambda: tries(telling, job_id) == [(503,)], WAIT)
    # Once while it waits for its second try, and once in the middle of that.
    telling.kill()
    sql(telling, "UPDATE notify_deliveries SET next_try_at = 0")
    telling.start()
    eventually(lambda: len(sink.received) >= 2, WAIT)
    telling.kill()
    let_go.set()
    telling.start()
    # A try that the server did not survive has no answer.
    eventually(lambda: tries(telling, job_id) == [(503,), (None,), (200,)], WAIT)
    telling.stop()
    assert sql(telling, "SELECT state FROM notify_deliveries WHERE origin = ?", job_id) == [("SENT",)]
    assert len(sink.received) == 3
    assert len({request.json["id"] for request in sink.received}) == 1
    assert all(is_signed(request) for request in sink.received)
    assert SECRET not in telling.output.read_text()
    assert "token-0123456789" not in telling.output.read_text()
