"""Build steps: module ids of the CodeArts console and the actions that carry them out.

Any module id can be saved and is returned as it came. One without an action here makes its run fail at that step, with
a sentence that names it: a task moved over from CodeArts keeps its configuration, and no step is skipped in silence.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from bottega.build import inputs
from bottega.build.actions import ACTIONS, InputError
from bottega.build.actions.inputs import LEFT_ALONE
from bottega.build.wire import MODULE_PATTERN, STEP_NAME_PATTERN, CreateBuildJobSteps
from bottega.errors import Invalid
from bottega.runs.spec import StepSpec

MAX_STEPS = 50
UNKNOWN_PREFIX = "module "
"""An action named so cannot be in the registry; the agent's refusal repeats it, and with it the module id."""

_LABELS = {"sh": "external_post_shell"}


def label_of(action: str) -> str:
    """The tag of an action's log lines."""
    return _LABELS.get(action, f"external_post_{action}")


_ACTIONS = {
    action.module: (action.name, label_of(action.name)) for action in ACTIONS.values() if action.module
}
"""Number inside the module id: the action's name in the registry, and the tag of its log lines."""

_MODULE = re.compile(r"devcloud2018\.codeci_action_(\d+)\.action")
_MODULE_TEXT = re.compile(MODULE_PATTERN)
_NAME = re.compile(STEP_NAME_PATTERN)


def check(steps: list[CreateBuildJobSteps]) -> None:
    """Check the steps as they are saved; raises :class:`Invalid` naming the one at fault."""
    if len(steps) > MAX_STEPS:
        raise Invalid("steps", f"a task has at most {MAX_STEPS} steps, not {len(steps)}")
    for index, step in enumerate(steps):
        field = f"steps[{index}]"
        if not _MODULE_TEXT.fullmatch(step.module_id):
            raise Invalid(
                f"{field}.module_id", "must be a module id such as devcloud2018.codeci_action_20017.action"
            )
        if not _NAME.fullmatch(step.name):
            raise Invalid(
                f"{field}.name", "must be 1 to 128 characters: Chinese, letters, digits, spaces and -_,;:./()"
            )
        _check_inputs(step, field)


def compile_steps(
    steps: list[CreateBuildJobSteps],
    first: int,
    values: Mapping[str, str] | None = None,
    private: Collection[str] = (),
) -> list[StepSpec]:
    """The steps to execute, in order, with stage keys from ``stage<first>`` on.

    ``values`` are put into their inputs. Raises :class:`Invalid` for one that names any of the ``private`` parameters.
    """
    return [
        _compile(step, f"stage{first + index}", f"steps[{index}].properties", values or {}, private)
        for index, step in enumerate(steps)
    ]


def secret_files(steps: list[StepSpec]) -> list[str]:
    """Names of the tenant's files that these steps need, each once."""
    needed: dict[str, None] = {}
    for step in steps:
        action = ACTIONS.get(step.action)
        if action is None or not step.enabled:
            continue
        try:
            needed.update(dict.fromkeys(action.secret_files(step.inputs)))
        except InputError:
            # The step will say so itself when it is its turn.
            continue
    return list(needed)


def _compile(
    step: CreateBuildJobSteps, key: str, field: str, values: Mapping[str, str], private: Collection[str]
) -> StepSpec:
    action, label = _action_of(step.module_id)
    properties: dict[str, Any] = step.properties or {}
    enabled = step.enable is not False
    # What is not carried out stays as it is, also when it could not be.
    filled = (
        inputs.put_in(properties, values, private, field) if enabled and action in ACTIONS else properties
    )
    return StepSpec(
        key=key,
        name=step.name,
        action=action,
        inputs=filled,
        enabled=enabled,
        ignore_failure=_is_true(filled.get("ignore_fail")),
        label=label,
        module_id=step.module_id,
    )


def _action_of(module_id: str) -> tuple[str, str]:
    found = _MODULE.fullmatch(module_id)
    unknown = (f"{UNKNOWN_PREFIX}{module_id}", "external_post_unknown")
    return _ACTIONS.get(found[1], unknown) if found else unknown


def _check_inputs(step: CreateBuildJobSteps, field: str) -> None:
    action = ACTIONS.get(_action_of(step.module_id)[0])
    properties: dict[str, Any] = step.properties or {}
    if action is None:
        return
    try:
        action.check(properties)
    except InputError as error:
        name = error.field.partition(".")[0]
        given = properties.get(name)
        # A step may be saved before it is filled in, as the console does; then it fails when it is run. So does one
        # whose parameters turn out to be no good: they are not known yet.
        if given not in (None, "") and (name in LEFT_ALONE or not inputs.mentions_any(given)):
            raise Invalid(f"{field}.properties.{error.field}", error.reason) from None


def _is_true(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")
