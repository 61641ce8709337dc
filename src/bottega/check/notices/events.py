"""What can be told about a check, and what is told where nothing was set."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from bottega.check.tasks.texts import checked_word
from bottega.notify.channels import Channel


class CheckEvent(StrEnum):
    """``ENDED`` and ``GATE_FAILED`` are the service's names (reference, section 2.4), ``FAILED`` is ours.

    An event that is told is the most telling one; who listens for ``ENDED`` hears of all three.
    """

    ENDED = "executeTask"
    FAILED = "executeTaskFailed"
    GATE_FAILED = "codeGateFailed"


EVENT_TYPES: Mapping[CheckEvent, str] = {
    CheckEvent.ENDED: "taskExecuteCompleted",
    CheckEvent.FAILED: "taskExecuteFailed",
    CheckEvent.GATE_FAILED: "codeGateFailed",
}
"""What messages are called. The first and the last are the service's names, too."""

DEFAULTS: Mapping[Channel, frozenset[CheckEvent]] = {
    Channel.MAIL: frozenset({CheckEvent.FAILED, CheckEvent.GATE_FAILED}),
    Channel.MESSAGE: frozenset(CheckEvent),
}


def heard_as(event: CheckEvent) -> frozenset[CheckEvent]:
    """Any of these switches tells the event."""
    return frozenset({event, CheckEvent.ENDED})


def events_of(names: Iterable[str], field: str) -> frozenset[CheckEvent]:
    """The events of these names. Raises :class:`Invalid` for the first that does not exist."""
    return frozenset(
        CheckEvent(checked_word(name, f"{field}[{place}]", CheckEvent)) for place, name in enumerate(names)
    )
