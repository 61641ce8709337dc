"""Custom robots of Feishu (Lark) groups. A post and not a text: in a text ``<at …>`` would call people."""

from typing import Any

import msgspec

from bottega.notify.message import Message
from bottega.notify.outgoing import Answer, Post
from bottega.notify.robots import Robot, require_code, shortened
from bottega.notify.signing import base64_hmac
from bottega.notify.target import Target

TEXT_BYTES = 15_000
BUSY = frozenset({9499, 11232})
"""Too many requests; more than a hundred messages in a minute or five in a second."""


def post(message: Message, target: Target, _delivery_id: str, at: float) -> Post:
    """The signature's key is made of the time in seconds and the secret; what it signs is empty."""
    text = "\n".join(f"{label}: {fact}" for label, fact in message.facts)
    line: list[dict[str, str]] = [{"tag": "text", "text": shortened(text, TEXT_BYTES)}]
    line += [{"tag": "at", "user_id": one} for one in target.mention]
    body: dict[str, Any] = {
        "msg_type": "post",
        "content": {"post": {"zh_cn": {"title": message.title, "content": [line]}}},
    }
    if target.secret:
        stamp = str(int(at))
        body |= {"timestamp": stamp, "sign": base64_hmac(f"{stamp}\n{target.secret}", "")}
    return Post(url=target.url, body=msgspec.json.encode(body))


def check(answer: Answer) -> None:
    """``{"code": 0, "msg": "success"}`` is success."""
    require_code(answer, "code", "msg", busy=BUSY)


ROBOT = Robot(post, check)
