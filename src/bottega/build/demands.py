"""What the steps of a run ask of the agent that is to run them."""

from collections.abc import Iterable

from bottega.build.actions import ACTIONS
from bottega.build.parameters import LABELS_PARAMETER
from bottega.errors import Invalid
from bottega.runs.flavors import DEFAULT_FLAVOR
from bottega.runs.pools.demands import FLAVOR, LABEL, written
from bottega.runs.pools.labels import demanded_labels
from bottega.runs.spec import StepSpec


def check_labels(text: str, *, private: bool, field: str) -> list[str]:
    """The labels that the parameter for them demands. Raises :class:`Invalid` naming ``field``."""
    if private:
        # Waiting builds say what they wait for.
        raise Invalid(field, f"{LABELS_PARAMETER} cannot be a private parameter")
    return demanded_labels(f"{field} {LABELS_PARAMETER}", text)


def demanded(steps: Iterable[StepSpec], labels: Iterable[str] = (), flavor: str = "") -> str:
    """The demands of all steps that are enabled, labels, and the size, as a run's row keeps them."""
    return also_demanded(" ".join(f"{LABEL}={label}" for label in labels), steps, flavor)


def also_demanded(demands: str, steps: Iterable[StepSpec], flavor: str = "") -> str:
    """What a row keeps already, and the demands of steps that were read since; ``flavor`` is another one, or empty.

    The smallest flavor is no demand: every agent has room for it.
    """
    words = set(demands.split())
    if flavor:
        words = {word for word in words if not word.startswith(f"{FLAVOR}=")}
        words |= {f"{FLAVOR}={flavor}"} - {f"{FLAVOR}={DEFAULT_FLAVOR}"}
    for step in steps:
        action = ACTIONS.get(step.action)
        if action is not None and step.enabled:
            words.update(action.demands(step.inputs))
    return written(words)
