"""What can be told about a task, and what is told where nothing was set."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from bottega.errors import Invalid
from bottega.notify.channels import Channel
from bottega.runs.states import RunState


class NoticeEvent(StrEnum):
    """The names of CodeArts Build, in the order it lists them (reference, section 2.13)."""

    BUILD_FAIL = "buildJobFail"
    BUILD_SUCCESS = "buildJobSuccess"
    DELETE = "deleteJob"
    DISABLE = "forbiddenJob"
    UPDATE = "updateConfigJob"


ENDS: Mapping[RunState, NoticeEvent] = {
    RunState.SUCCESS: NoticeEvent.BUILD_SUCCESS,
    RunState.FAILURE: NoticeEvent.BUILD_FAIL,
    RunState.TIMEOUT: NoticeEvent.BUILD_FAIL,
    RunState.LOST: NoticeEvent.BUILD_FAIL,
    RunState.SCHEDULE_FAILURE: NoticeEvent.BUILD_FAIL,
}
"""What the end of a run means. ABORTED means neither: somebody stopped it and knows."""

ALWAYS_LISTED = (Channel.DING_TALK, Channel.MAIL, Channel.MESSAGE, Channel.WECOM)
"""The channels every task shows; others only once they were set."""

DEFAULTS: Mapping[Channel, frozenset[NoticeEvent]] = {
    Channel.MESSAGE: frozenset(NoticeEvent),
    Channel.MAIL: frozenset({NoticeEvent.BUILD_FAIL}),
}
"""Channels that are not here tell nothing by default: they need a URL first."""


def channel_of(text: str) -> Channel:
    """The channel of a ``notice_type`` in any case. Raises :class:`Invalid`."""
    try:
        return Channel(text.upper())
    except ValueError:
        raise Invalid("notice_type", f"expected one of {', '.join(Channel)}") from None


def events_of(names: Iterable[str]) -> frozenset[NoticeEvent]:
    """The events of these names. Raises :class:`Invalid` for the first that does not exist."""
    events: set[NoticeEvent] = set()
    for place, name in enumerate(names):
        try:
            events.add(NoticeEvent(name))
        except ValueError:
            reason = f"expected one of {', '.join(NoticeEvent)}"
            raise Invalid(f"enabled_event_type_names[{place}]", reason) from None
    return frozenset(events)
