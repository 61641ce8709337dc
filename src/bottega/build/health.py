"""The health of a build task: how many of its last builds went well."""

from collections.abc import Sequence

from bottega.build.statistics.figures import percent
from bottega.runs.states import RunState

HEALTH_DEPTH = 5
"""How many builds count: those that came to a result of their own."""


def health(results: Sequence[str]) -> int:
    """The percentage of successes among the results of a task's last builds; 0 without any."""
    return percent(sum(result == RunState.SUCCESS for result in results), len(results))
