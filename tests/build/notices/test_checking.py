"""Finding out whether a robot takes messages."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bottega.errors import Invalid, Unavailable
from bottega.iam.principal import Principal
from bottega.notify.sender import TRIALS_AT_ONCE
from tests.build.notices.conftest import Notices
from tests.support.http_sink import HttpSink, Reply, http_sink
from tests.support.waiting import eventually

SECRET = "SECsecret0123456789"


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with http_sink() as sink:
        yield sink


def check(notices: Notices, who: Principal, task_id: str, channel: str, url: str) -> None:
    notices.service.checker.check(who, task_id, channel, url)


def test_a_test_message_is_really_sent(
    notices: Notices, alice: Principal, project_id: str, sink: HttpSink
) -> None:
    task = notices.task(alice, project_id)
    for channel in ("DING_TALK", "wecom", "Feishu", "WEBHOOK"):
        check(notices, alice, task.id, channel, sink.url("/send?key=0123456789"))
    assert len(sink.received) == 4
    for request in sink.received:
        assert "This is a test" in json.dumps(request.json)
        assert "shop" in json.dumps(request.json)
    assert notices.deliveries() == []


def test_the_robot_s_own_words_are_reported(
    notices: Notices, alice: Principal, project_id: str, sink: HttpSink
) -> None:
    task = notices.task(alice, project_id)
    sink.default = Reply(body=json.dumps({"errcode": 310000, "errmsg": "keywords not in content"}).encode())
    with pytest.raises(Invalid, match=r"^webhook_url: the robot answered 310000 keywords not in content$"):
        check(notices, alice, task.id, "DING_TALK", sink.url())


def test_the_task_s_own_url_is_signed_with_its_own_key_and_others_are_not(
    notices: Notices, alice: Principal, project_id: str, sink: HttpSink
) -> None:
    task = notices.task(alice, project_id)
    url = sink.url("/send?access_token=0123456789")
    config = json.dumps({"webhook_url": url, "secret": SECRET})
    notices.set(alice, task, "DING_TALK", param_config=config)
    masked = json.loads(notices.shown(alice, task)["DING_TALK"].param_config)["webhook_url"]  # type: ignore[index]
    assert masked == sink.url("/send?access_token=******")
    for tried in (url, masked, sink.url("/send?access_token=another")):
        check(notices, alice, task.id, "ding_talk", tried)
    assert ["sign" in request.query for request in sink.received] == [True, True, False]
    assert sink.received[1].query["access_token"] == "0123456789"


UNREACHABLE = [
    ("MAIL", "http://127.0.0.1:1/", "notice_type"),
    ("MESSAGE", "http://127.0.0.1:1/", "notice_type"),
    ("SMS", "http://127.0.0.1:1/", "notice_type"),
    ("WEBHOOK", "", "webhook_url"),
    ("WEBHOOK", "gopher://127.0.0.1:1/", "webhook_url"),
    ("WEBHOOK", "http://169.254.169.254/latest", "webhook_url"),
    ("WEBHOOK", "http://127.0.0.1:1/", "webhook_url"),
    ("WEBHOOK", "http://no-such-host.invalid/", "webhook_url"),
]


def test_what_cannot_be_reached_is_refused(notices: Notices, alice: Principal, project_id: str) -> None:
    task = notices.task(alice, project_id)
    for channel, url, field in UNREACHABLE:
        with pytest.raises(Invalid, match=f"^{field}: "):
            check(notices, alice, task.id, channel, url)


def test_slow_robots_cannot_take_all_threads(
    notices: Notices, alice: Principal, project_id: str, sink: HttpSink
) -> None:
    task = notices.task(alice, project_id)
    let_go = threading.Event()
    sink.default = Reply(hold=let_go)
    with ThreadPoolExecutor(TRIALS_AT_ONCE) as pool:
        slow = [
            pool.submit(check, notices, alice, task.id, "WEBHOOK", sink.url()) for _ in range(TRIALS_AT_ONCE)
        ]
        eventually(lambda: len(sink.received) == TRIALS_AT_ONCE, 30.0)
        with pytest.raises(Unavailable):
            check(notices, alice, task.id, "WEBHOOK", sink.url())
        let_go.set()
        for one in slow:
            one.result()
    check(notices, alice, task.id, "WEBHOOK", sink.url())
