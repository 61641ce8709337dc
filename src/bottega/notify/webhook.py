"""Plain webhooks: our own JSON, described in ``docs/reference/notices.md``."""

import msgspec

from bottega.clock import zulu
from bottega.notify.message import Message
from bottega.notify.outgoing import Answer, Post
from bottega.notify.robots import Robot
from bottega.notify.signing import hex_hmac
from bottega.notify.target import Target


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """``id`` stays the same when a message is sent again; ``time`` is when it happened, in UTC."""

    id: str
    event: str
    time: str
    title: str
    text: str
    data: dict[str, str | int]


def post(message: Message, target: Target, delivery_id: str, at: float) -> Post:
    """The signature covers the time of sending (seconds) and the body, and travels in a header."""
    payload = Payload(
        id=delivery_id,
        event=message.event,
        time=zulu(message.at),
        title=message.title,
        text=message.text(),
        data=message.data,
    )
    body = msgspec.json.encode(payload)
    stamp = str(int(at))
    headers = {
        "X-Bottega-Event": message.event,
        "X-Bottega-Delivery": delivery_id,
        "X-Bottega-Timestamp": stamp,
    }
    if target.secret:
        signature = hex_hmac(target.secret, f"{stamp}.".encode() + body)
        headers["X-Bottega-Signature"] = f"sha256={signature}"
    return Post(url=target.url, body=body, headers=headers)


def check(_answer: Answer) -> None:
    """Any 2xx status is success."""


ROBOT = Robot(post, check)
