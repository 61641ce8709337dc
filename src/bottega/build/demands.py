"""What the steps of a run ask of the agent that is to run them."""

from collections.abc import Iterable

from bottega.build.actions import ACTIONS
from bottega.runs.pools.demands import LABEL, written
from bottega.runs.spec import StepSpec


def demanded(steps: Iterable[StepSpec], labels: Iterable[str] = ()) -> str:
    """The demands of all steps that are enabled, and labels, as a run's row keeps them."""
    words = {f"{LABEL}={label}" for label in labels}
    for step in steps:
        action = ACTIONS.get(step.action)
        if action is not None and step.enabled:
            words.update(action.demands(step.inputs))
    return written(words)
