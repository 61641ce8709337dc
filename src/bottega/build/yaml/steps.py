"""``steps``: PRE_BUILD and BUILD, lists of actions with their inputs."""

import re

import msgspec

from bottega.build.actions import ACTIONS as KNOWN
from bottega.build.actions import Action, InputError
from bottega.build.steps import MAX_STEPS
from bottega.build.wire import STEP_NAME_PATTERN
from bottega.build.yaml import inputs, shapes
from bottega.build.yaml.catalogue import PREPARING, inputs_of
from bottega.build.yaml.dialect import ACTIONS, BLOCKS
from bottega.build.yaml.filling import Filling, has_reference
from bottega.build.yaml.nodes import Items, Mapping, Node, Scalar, is_null
from bottega.build.yaml.plan import PlannedStep
from bottega.build.yaml.problems import Problems, nearest, one_of, shown

BLOCK_KEYS = ["PRE_BUILD", "BUILD"]
STEP_KEYS = ["name", "image", "inputs"]
_EXAMPLE = "sh: {inputs: {command: make}}"
_NAME = re.compile(STEP_NAME_PATTERN)


class Step(msgspec.Struct):
    """A step as it stands in the file; ``place`` is the name of its action."""

    action: Action
    place: Scalar
    body: Mapping | None
    preparing: bool

    def plan(self, filling: Filling) -> PlannedStep:
        """With parameters put in; what is wrong becomes a problem."""
        given = self._inputs(filling.problems)
        what = self.action.name
        found = inputs.values(given, inputs_of(self.action), what, filling) if given is not None else {}
        missing = inputs.require(given, self.place, self.action.fields, what, filling)
        try:
            self.action.check(found)
        except InputError as error:
            if error.field not in missing:
                self._complain(error, given, filling)
        return PlannedStep(
            action=what,
            name=self._name(filling) or self.action.title,
            image=filling.text(self._scalar("image", filling.problems)),
            inputs=found,
            ignore_failure=found.get("ignore_fail") is True,
            preparing=self.preparing,
            line=self.place.line,
            column=self.place.column,
        )

    def _inputs(self, problems: Problems) -> Mapping | None:
        node = self.body.entries.get("inputs") if self.body is not None else None
        return None if is_null(node) else shapes.mapping(node, "inputs", problems, "{command: make}")

    def _scalar(self, key: str, problems: Problems) -> Scalar | None:
        return shapes.scalar(self.body.entries.get(key), key, problems) if self.body is not None else None

    def _name(self, filling: Filling) -> str:
        node = self._scalar("name", filling.problems)
        name = filling.text(node)
        if node is not None and name and filling.final(node.text) and not _NAME.fullmatch(name):
            filling.problems.add(
                node, "a step's name is 1 to 128 characters: Chinese, letters, digits, spaces and -_,;:./()"
            )
        return name

    def _complain(self, error: InputError, given: Mapping | None, filling: Filling) -> None:
        place = inputs.place_of(given, error.field, self.place)
        # What has a reference in it is looked at again when its parameters are known.
        if not filling.known and _mentions(place):
            return
        filling.problems.add(place, f"{error.field} {error.reason}")


def read(node: Node | None, problems: Problems) -> list[Step]:
    """All steps of a file in their order, each checked as far as it can be without a run's parameters."""
    blocks = shapes.mapping(node, "steps", problems, "{BUILD: […]}")
    if blocks is None:
        return []
    shapes.known_keys(blocks, BLOCK_KEYS, "steps", problems, BLOCKS)
    found: list[Step] = []
    for block in BLOCK_KEYS:
        items = blocks.entries.get(block)
        if not is_null(items):
            found += _read_block(items, block, problems)
    build = blocks.entries.get("BUILD")
    if is_null(build) or (isinstance(build, Items) and not build.items):
        problems.add(blocks.keys.get("BUILD", blocks), "steps needs a block BUILD with at least one step")
    if len(found) > MAX_STEPS:
        problems.add(found[MAX_STEPS].place, f"there are {len(found)} steps, {MAX_STEPS} are allowed")
    filling = Filling(None, (), problems)
    for step in found[: MAX_STEPS + 1]:
        step.plan(filling)
    return found


def _read_block(node: Node | None, block: str, problems: Problems) -> list[Step]:
    preparing = block == "PRE_BUILD"
    found: list[Step] = []
    for item in shapes.items(node, block, problems) or []:
        step = _read_step(item, preparing, problems)
        if step is not None:
            found.append(step)
    return found


def _read_step(item: Node, preparing: bool, problems: Problems) -> Step | None:
    if isinstance(item, Scalar) and item.text in {*KNOWN, *ACTIONS}:
        hint = ACTIONS.get(item.text) or f"write {item.text}: with what it needs below inputs"
        problems.add(item, f"a step is an action with its inputs, not a word alone: {hint}")
        return None
    entry = shapes.mapping(item, "a step", problems, _EXAMPLE)
    if entry is None:
        return None
    if not entry.keys:
        problems.add(entry, f"a step must be one action, such as {_EXAMPLE}")
        return None
    name, place = next(iter(entry.keys.items()))
    if len(entry.keys) > 1:
        _refuse_more(entry, problems)
        return None
    action = _action(name, place, preparing, problems)
    body = entry.entries[name]
    mapping = None if is_null(body) else shapes.mapping(body, name, problems, "{inputs: {command: make}}")
    if action is None or (mapping is None and not is_null(body)):
        return None
    if mapping is not None:
        mine = {field.name: f"{field.name} belongs below inputs of {name}" for field in inputs_of(action)}
        shapes.known_keys(mapping, STEP_KEYS, f"the step {name}", problems, mine)
    return Step(action, place, mapping, preparing)


def _action(name: str, place: Scalar, preparing: bool, problems: Problems) -> Action | None:
    known: list[str] = [*(PREPARING if preparing else KNOWN)]
    if name in known:
        return KNOWN[name]
    if name in ACTIONS:
        problems.add(place, ACTIONS[name])
    elif preparing and name in KNOWN:
        problems.add(place, f"PRE_BUILD has {one_of(known)} only: {name} belongs to BUILD")
    else:
        near = nearest(name, known)
        listed = f": it is none of {', '.join(known)}" if preparing else ""
        problems.add(place, f"there is no action {shown(name)}{listed}{near}")
    return None


def _refuse_more(entry: Mapping, problems: Problems) -> None:
    first, second, *_ = entry.keys.items()
    if first[0] in {*KNOWN, *ACTIONS} and second[0] in STEP_KEYS:
        problems.add(second[1], f"{second[0]} belongs to {first[0]}: indent it further than {first[0]}")
        return
    problems.add(second[1], f"a step is one action: begin {shown(second[0])} with a - of its own")


def _mentions(node: Node) -> bool:
    if isinstance(node, Scalar):
        return has_reference(node.text)
    if isinstance(node, Items):
        return any(_mentions(one) for one in node.items)
    return isinstance(node, Mapping) and any(_mentions(one) for one in node.entries.values())
