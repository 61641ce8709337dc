"""The health of a build task: how many of its last builds went well."""

from collections.abc import Sequence

from bottega.runs.states import RunState

HEALTH_DEPTH = 5
"""How many finished builds count."""


def health(results: Sequence[str]) -> int:
    """The percentage of successes among the end states of a task's last builds; 0 without any."""
    if not results:
        return 0
    return round(100 * sum(result == RunState.SUCCESS for result in results) / len(results))
