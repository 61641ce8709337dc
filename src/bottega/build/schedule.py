"""The timer of a build task: a trigger with a cron expression and a time zone."""

from bottega.build.wire import Trigger
from bottega.cron.fields import Timer, read_timer
from bottega.errors import Invalid

TIMER = "hudson.triggers.TimerTrigger"


def parse_timer(trigger: Trigger, field: str) -> Timer:
    """Read a timer trigger; raises :class:`Invalid` below ``field``."""
    if trigger.name != TIMER:
        raise Invalid(f"{field}.name", f"{trigger.name[:80]!r} is not a known trigger; use {TIMER}")
    values = {item.name: item.text for item in trigger.parameters}
    spec = values.get("spec", "").strip()
    if not spec:
        raise Invalid(f"{field}.parameters", "the cron expression 'spec' is missing")
    try:
        return read_timer(spec, values.get("timeZoneId") or "UTC")
    except ValueError as error:
        raise Invalid(f"{field}.parameters", str(error)) from None
