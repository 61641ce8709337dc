"""Robots of WeCom groups. They know no signature: the key in the URL is all they ask for."""

import msgspec

from bottega.notify.message import Message
from bottega.notify.outgoing import Answer, Post
from bottega.notify.robots import Robot, require_code, shortened
from bottega.notify.target import Target

TEXT_BYTES = 2048
BUSY = frozenset({-1, 45009, 45033})
"""The service is busy; more than twenty messages in a minute; too many at the same time."""


def post(message: Message, target: Target, _delivery_id: str, _at: float) -> Post:
    """Plain text."""
    content = shortened(message.text(), TEXT_BYTES)
    body = {"msgtype": "text", "text": {"content": content, "mentioned_list": list(target.mention)}}
    return Post(url=target.url, body=msgspec.json.encode(body))


def check(answer: Answer) -> None:
    """``{"errcode": 0, "errmsg": "ok"}`` is success, always with status 200."""
    require_code(answer, "errcode", "errmsg", busy=BUSY)


ROBOT = Robot(post, check, takes_secret=False)
