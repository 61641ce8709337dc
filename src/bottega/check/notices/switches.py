"""The switches in force: the task's own where there are any, then the project's, then the defaults."""

from collections.abc import Mapping

import msgspec

from bottega.check.notices.events import DEFAULTS, CheckEvent, heard_as
from bottega.notify.channels import TO_PEOPLE, Channel

DEFAULT, PROJECT, TASK = "default", "project", "task"

Own = Mapping[str, Mapping[str, bool]]
"""What was set on one level, by event and channel."""


class Switch(msgspec.Struct, frozen=True):
    """``level`` is where it was set: task, project or default."""

    on: bool
    level: str


Switches = Mapping[CheckEvent, Mapping[Channel, Switch]]


def in_force(project: Own, task: Own) -> Switches:
    """All switches, for tasks of this project."""
    return {
        event: {channel: _switch(event, channel, project, task) for channel in TO_PEOPLE}
        for event in CheckEvent
    }


def channels_for(event: CheckEvent, switches: Switches) -> list[Channel]:
    """By which channels people hear of an event."""
    heard = heard_as(event)
    return [channel for channel in TO_PEOPLE if any(switches[one][channel].on for one in heard)]


def _switch(event: CheckEvent, channel: Channel, project: Own, task: Own) -> Switch:
    for level, own in ((TASK, task), (PROJECT, project)):
        said = own.get(event, {}).get(channel)
        if said is not None:
            return Switch(said, level)
    return Switch(event in DEFAULTS[channel], DEFAULT)
