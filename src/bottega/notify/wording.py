"""What the words of all notices have in common: one title, the facts behind it, and the same for programs."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bottega.notify.message import Message
from bottega.texts import one_line

TEST_EVENT = "test"
"""Of messages that are sent to find out whether they arrive."""
SIGNATURE = ("Sent by", "Bottega")
"""In every message, so that a robot that insists on a keyword can be given this one."""
SHORT_COMMIT = 12
REASON_LENGTH = 500


def message(  # noqa: PLR0917 - what there is to say, in the order of a message
    event: str,
    title: str,
    at: int,
    facts: Iterable[tuple[str, str]],
    data: Mapping[str, str | int],
    page: str = "",
) -> Message:
    """A message of facts that are not empty, each on one line, whatever they hold."""
    kept = [(label, one_line(text, REASON_LENGTH)) for label, text in facts if text]
    return Message(
        event=event,
        title=one_line(title, REASON_LENGTH),
        at=at,
        facts=[*kept, SIGNATURE],
        data=dict(data),
        page=page,
    )


def moment(ms: int, zone: ZoneInfo) -> str:
    """A time with its zone."""
    return f"{datetime.fromtimestamp(ms / 1000, zone):%Y-%m-%d %H:%M:%S} {zone.key}"


def duration(ms: int) -> str:
    """Such as ``1 h 5 s``."""
    seconds = max(0, round(ms / 1000))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (seconds, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"
