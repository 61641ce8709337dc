"""``condition``: reading it with its place, and choosing the first item of a list whose condition is true."""

import msgspec

from bottega.build.yaml import conditions, shapes
from bottega.build.yaml.condition_words import ConditionError
from bottega.build.yaml.conditions import Condition
from bottega.build.yaml.filling import Filling
from bottega.build.yaml.nodes import Mapping, Scalar
from bottega.build.yaml.problems import Problems


class Choice(msgspec.Struct):
    """One item of a list: ``condition`` is None when it could not be read."""

    body: Mapping
    place: Scalar
    condition: Condition | None


def read(body: Mapping, what: str, problems: Problems) -> Choice | None:
    """The condition of an item, checked; None and a problem when there is none."""
    node = shapes.scalar(shapes.required(body, "condition", what, problems), "a condition", problems)
    if node is None:
        return None
    try:
        condition = conditions.read(node.text)
    except ConditionError as error:
        _say(node, error, problems)
        condition = None
    return Choice(body, node, condition)


def first(choices: list[Choice], filling: Filling) -> Choice | None:
    """The first one whose condition is true. All are looked at: a wrong name is wrong whatever comes before it."""
    public = {name: value for name, value in filling.values.items() if name not in filling.private}
    found = None
    for choice in choices:
        if choice.condition is None:
            continue
        try:
            _refuse_private(choice.condition, filling)
            if choice.condition.holds(public) and found is None:
                found = choice
        except ConditionError as error:
            _say(choice.place, error, filling.problems)
    return found


def _refuse_private(condition: Condition, filling: Filling) -> None:
    for name, offset in condition.names.items():
        if name in filling.private:
            raise ConditionError(offset, f"{name} is a private parameter; only scripts can use it")


def _say(node: Scalar, error: ConditionError, problems: Problems) -> None:
    if "\n" in node.text or not node.exact:
        problems.add(node, f"character {error.offset + 1} of the condition: {error.reason}")
        return
    problems.add(node, error.reason, offset=error.offset + (0 if node.plain else 1))
