"""What the chat robots have in common: JSON there, and JSON back that says with status 200 whether it was taken."""

from collections.abc import Callable, Collection
from typing import Any, cast

import msgspec

from bottega.notify.message import Message
from bottega.notify.outcome import NotSent, unreachable
from bottega.notify.outgoing import Answer, Post, excerpt
from bottega.notify.target import Target


class Robot(msgspec.Struct, frozen=True):
    """How to write to one kind of robot or webhook, and how to read its answer.

    ``post`` is given the delivery's id and the time in seconds since the epoch; ``check`` raises
    :class:`~bottega.notify.outcome.NotSent`.
    """

    post: Callable[[Message, Target, str, float], Post]
    check: Callable[[Answer], None]
    takes_secret: bool = True


def require_code(answer: Answer, name: str, text: str, *, busy: Collection[int]) -> None:
    """Raise :class:`NotSent` unless the field ``name`` of the answer is 0; codes in ``busy`` are tried again.

    ``text`` names the field with the robot's own words.
    """
    try:
        found: Any = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get(name), int):
        said = excerpt(answer.body) or "nothing"
        raise NotSent(
            f"this does not look like a robot of that kind: it answered {said}", status=answer.status
        )
    fields = cast("dict[str, Any]", found)
    code: int = fields[name]
    if code == 0:
        return
    reason = f"the robot answered {code} {excerpt(str(fields.get(text, '')).encode())}".rstrip()
    if code in busy:
        raise unreachable(reason, status=answer.status)
    raise NotSent(reason, status=answer.status)


def shortened(text: str, limit: int) -> str:
    """At most ``limit`` bytes of UTF-8, with a sign that something was cut off."""
    encoded = text.encode()
    if len(encoded) <= limit:
        return text
    return encoded[: limit - 3].decode("utf-8", "ignore") + "…"
