"""Custom robots of DingTalk groups. Plain text, so that nothing in a task's name is taken for markup."""

from urllib.parse import quote_plus

import msgspec

from bottega.notify.message import Message
from bottega.notify.outgoing import Answer, Post
from bottega.notify.robots import Robot, require_code, shortened
from bottega.notify.signing import base64_hmac
from bottega.notify.target import Target

TEXT_BYTES = 15_000
BUSY = frozenset({-1, 130101, 410100})
"""The service is busy; more than twenty messages in a minute."""


def post(message: Message, target: Target, _delivery_id: str, at: float) -> Post:
    """The signature covers the time in milliseconds and the key, and travels in the query."""
    body = {
        "msgtype": "text",
        "text": {"content": shortened(message.text(), TEXT_BYTES)},
        "at": {"atUserIds": list(target.mention), "isAtAll": False},
    }
    url = target.url
    if target.secret:
        stamp = str(int(at * 1000))
        sign = quote_plus(base64_hmac(target.secret, f"{stamp}\n{target.secret}"))
        url += f"{'&' if '?' in url else '?'}timestamp={stamp}&sign={sign}"
    return Post(url=url, body=msgspec.json.encode(body))


def check(answer: Answer) -> None:
    """``{"errcode": 0, "errmsg": "ok"}`` is success, always with status 200."""
    require_code(answer, "errcode", "errmsg", busy=BUSY)


ROBOT = Robot(post, check)
