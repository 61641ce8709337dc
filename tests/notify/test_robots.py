"""What robots and webhooks get, signed as their makers ask for it, and what their answers mean."""

import base64
import hashlib
import hmac
import json
import time

import pytest

from bottega.notify.channels import Channel
from bottega.notify.message import Message
from bottega.notify.outcome import NotSent
from bottega.notify.outgoing import Outgoing, tls_context
from bottega.notify.reach import Reach
from bottega.notify.sender import Sender
from bottega.notify.target import Target
from tests.support.http_sink import HttpSink, Reply, http_sink

SENDER = Sender(Outgoing(Reach(allow_private=True), tls_context()), None)
SECRET = "SECsecret0123456789"
MESSAGE = Message(
    event="buildJobFail",
    title="Build #3 of shop failed",
    at=1_700_000_000_123,
    facts=[("Project", 'work <at user_id="all"></at>'), ("Reason", "make: *** [all] Error 2")],
    data={"job_name": "shop", "build_no": 3},
)
TEXT = 'Build #3 of shop failed\nProject: work <at user_id="all"></at>\nReason: make: *** [all] Error 2'


def send(sink: HttpSink, channel: Channel, path: str = "/hook", **target: object) -> int:
    return SENDER.post(channel, MESSAGE, Target(url=sink.url(path), **target), "delivery-1")  # type: ignore[arg-type]


def refused(sink: HttpSink, channel: Channel, reply: Reply, path: str = "/hook", **target: object) -> NotSent:
    sink.replies = [reply]
    with pytest.raises(NotSent) as raised:
        send(sink, channel, path, **target)
    return raised.value


def hmac_base64(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def is_now(seconds: float) -> bool:
    return abs(time.time() - seconds) < 60


def test_dingtalk_gets_a_text_with_time_and_signature_in_the_query() -> None:
    with http_sink() as sink:
        send(sink, Channel.DING_TALK, "/robot/send?access_token=t", secret=SECRET, mention=("u1", "u2"))
    (request,) = sink.received
    stamp = request.query["timestamp"]
    assert is_now(int(stamp) / 1000)
    assert request.query["access_token"] == "t"
    assert request.query["sign"] == hmac_base64(SECRET, f"{stamp}\n{SECRET}")
    assert request.json["msgtype"] == "text"
    assert request.json["text"]["content"] == TEXT
    assert request.json["at"] == {"atUserIds": ["u1", "u2"], "isAtAll": False}


def test_dingtalk_without_a_key_gets_no_signature() -> None:
    with http_sink() as sink:
        send(sink, Channel.DING_TALK, "/robot/send?access_token=t")
        send(sink, Channel.DING_TALK, "/robot/send", secret=SECRET)
    assert sink.received[0].path == "/robot/send?access_token=t"
    assert sink.received[1].path.startswith("/robot/send?timestamp=")


def test_wecom_gets_a_text_of_at_most_2048_bytes() -> None:
    with http_sink() as sink:
        send(sink, Channel.WECOM, "/cgi-bin/webhook/send?key=k", mention=("u1",))
        long = Message(event="x", title="界" * 5000, at=0)
        SENDER.post(Channel.WECOM, long, Target(url=sink.url()), "d")
    first, second = sink.received
    assert first.json == {"msgtype": "text", "text": {"content": TEXT, "mentioned_list": ["u1"]}}
    content = second.json["text"]["content"]
    assert 2040 < len(content.encode()) <= 2048
    assert content.endswith("界…")


def test_feishu_gets_a_post_with_time_and_signature_in_the_body() -> None:
    with http_sink() as sink:
        send(sink, Channel.FEISHU, "/open-apis/bot/v2/hook/k", secret=SECRET, mention=("ou_1",))
        send(sink, Channel.FEISHU)
    body = sink.received[0].json
    assert is_now(int(body["timestamp"]))
    assert body["sign"] == hmac_base64(f"{body['timestamp']}\n{SECRET}", "")
    assert body["msg_type"] == "post"
    post = body["content"]["post"]["zh_cn"]
    assert post["title"] == MESSAGE.title
    assert [one["tag"] for one in post["content"][0]] == ["text", "at"]
    assert post["content"][0][0]["text"] == TEXT.partition("\n")[2]
    assert post["content"][0][1]["user_id"] == "ou_1"
    assert "sign" not in sink.received[1].json


def test_a_webhook_gets_our_json_with_the_signature_in_a_header() -> None:
    with http_sink() as sink:
        sink.default = Reply(204, b"")
        assert send(sink, Channel.WEBHOOK, secret=SECRET) == 204
        send(sink, Channel.WEBHOOK)
    request, unsigned = sink.received
    assert request.json == {
        "id": "delivery-1",
        "event": "buildJobFail",
        "time": "2023-11-14T22:13:20.123Z",
        "title": MESSAGE.title,
        "text": TEXT,
        "data": {"job_name": "shop", "build_no": 3},
    }
    headers = request.headers
    assert (headers["x-bottega-event"], headers["x-bottega-delivery"]) == ("buildJobFail", "delivery-1")
    assert is_now(int(headers["x-bottega-timestamp"]))
    signed = f"{headers['x-bottega-timestamp']}.".encode() + request.body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["x-bottega-signature"] == f"sha256={expected}"
    assert "x-bottega-signature" not in unsigned.headers


@pytest.mark.parametrize(
    ("channel", "answer", "retry", "words"),
    [
        (Channel.DING_TALK, {"errcode": 310000, "errmsg": "sign not match"}, False, "310000 sign not match"),
        (Channel.DING_TALK, {"errcode": 130101, "errmsg": "send too fast"}, True, "130101 send too fast"),
        (Channel.WECOM, {"errcode": 93000, "errmsg": "invalid webhook url"}, False, "93000 invalid webhook"),
        (Channel.WECOM, {"errcode": 45009, "errmsg": "api freq out of limit"}, True, "45009 api freq"),
        (Channel.FEISHU, {"code": 19021, "msg": "sign match fail"}, False, "19021 sign match fail"),
        (Channel.FEISHU, {"code": 11232, "msg": "frequency limited"}, True, "11232 frequency limited"),
    ],
)
def test_a_robot_that_says_no_with_status_200_is_understood(
    channel: Channel, answer: dict[str, object], retry: bool, words: str
) -> None:
    with http_sink() as sink:
        error = refused(sink, channel, Reply(body=json.dumps(answer).encode()))
    assert (error.retry, error.target_down, error.status) == (retry, retry, 200)
    assert words in str(error)


@pytest.mark.parametrize("channel", [Channel.DING_TALK, Channel.WECOM, Channel.FEISHU])
@pytest.mark.parametrize(
    "body", [b"", b"<html>hello</html>", b"[]", b"{}", b'{"errcode": "0"}', b"[" * 50_000]
)
def test_what_answers_like_no_robot_is_none(channel: Channel, body: bytes) -> None:
    with http_sink() as sink:
        error = refused(sink, channel, Reply(body=body))
    assert not error.retry
    assert "does not look like a robot" in str(error)


def test_a_robot_that_repeats_our_secrets_does_not_spread_them() -> None:
    with http_sink() as sink:
        answer = json.dumps({"errcode": 1, "errmsg": f"token abcdef0123456789 with {SECRET} is unknown"})
        path = "/send?access_token=abcdef0123456789"
        error = refused(sink, Channel.DING_TALK, Reply(body=answer.encode()), path, secret=SECRET)
    assert str(error) == "the robot answered 1 token ****** with ****** is unknown"


def test_without_a_mail_server_a_mail_is_not_sent() -> None:
    with pytest.raises(NotSent, match=r"mail\.host"):
        SENDER.mail(MESSAGE, "ada@example.com", "delivery-1")
