"""From the plan of a file to what a run executes."""

from difflib import get_close_matches

from bottega.build import steps
from bottega.build.actions import ACTIONS
from bottega.build.actions.shell import CODE_CACHE
from bottega.build.compile import CHECKOUT_LABEL, CHECKOUT_MODULE, CHECKOUT_NAME
from bottega.build.parameters import CACHE_SCOPE_PARAMETER
from bottega.build.planning.checkouts import (
    CHECKOUT,
    Checkouts,
    brings_code,
    cached_code,
    own_checkout,
)
from bottega.build.planning.inputs import PlanInputs
from bottega.build.planning.planned import PlannedRun
from bottega.build.yaml.plan import BuildPlan
from bottega.runs.flavors import normalised
from bottega.runs.spec import StepSpec

MAX_NAMED = 3
CACHE_NAME = "Code cache"
NOT_BY_FILE = (
    f"{CACHE_SCOPE_PARAMETER} of the file has no effect: only a parameter of the task shares its caches"
)


def compile_plan(plan: BuildPlan, inputs: PlanInputs, commit: str) -> PlannedRun:
    """The run that ``plan``, which was read at ``commit``, comes to."""
    found: list[StepSpec] = []
    checkouts = Checkouts(inputs, commit)
    for cache in plan.caches:
        script = cached_code(cache.local_path, cache.command)
        kept = {"local_path": cache.local_path, "url": cache.url, "branch": cache.branch}
        given: dict[str, object] = {"command": script, CODE_CACHE: kept}
        found.append(_spec(found, "sh", f"{CACHE_NAME} {cache.local_path}"[:128], given))
    if not brings_code([step.action for step in plan.steps]):
        # First of all: what a cache holds may lie inside of it.
        found.insert(0, _implicit_checkout(inputs, commit))
    for step in plan.steps:
        given = step.all_inputs
        filled = checkouts.filled(given) if step.action == CHECKOUT else given
        found.append(_spec(found, step.action, step.name, filled, ignore_failure=step.ignore_failure))
    for position, spec in enumerate(found, 1):
        spec.key = f"stage{position}"
    resource = plan.resource
    env, notes = plan.values, [str(warning) for warning in plan.warnings]
    if CACHE_SCOPE_PARAMETER in env and CACHE_SCOPE_PARAMETER not in inputs.values:
        # Whoever can push a branch would leave something in the caches of all tasks that share theirs.
        env = {name: value for name, value in env.items() if name != CACHE_SCOPE_PARAMETER}
        notes.append(f"{plan.file}: {NOT_BY_FILE}")
    return PlannedRun(
        file=plan.file,
        env=env,
        steps=found,
        parameters=[
            {"name": name, "value": plan.values[name], "type": "normalparam", "secret": False}
            for name in dict.fromkeys(param.name for param in plan.params)
            if name in plan.values and name not in inputs.values
        ],
        secret_files=steps.secret_files(found),
        notes=notes,
        pool=resource.pool,
        arch=resource.arch,
        flavor=normalised(resource.flavor) if resource.flavor else "",
    )


def where_else(path: str, names: list[str]) -> str:
    """Which files of the repository may have been meant by ``path``, as the end of a sentence."""
    candidates = [name for name in names if name.endswith((".yml", ".yaml"))]
    if not candidates:
        return "; the repository has no .yml file"
    near = get_close_matches(path, candidates, MAX_NAMED, cutoff=0.4)
    shown = near or sorted(candidates, key=lambda name: (name.count("/"), name))[:MAX_NAMED]
    return f"; there {'is' if len(shown) == 1 else 'are'} {', '.join(shown)}"


def _implicit_checkout(inputs: PlanInputs, commit: str) -> StepSpec:
    return StepSpec(
        key="",
        name=CHECKOUT_NAME,
        action=CHECKOUT,
        inputs=own_checkout(inputs, commit),
        label=CHECKOUT_LABEL,
        module_id=CHECKOUT_MODULE,
        hidden=True,
    )


def _spec(
    before: list[StepSpec], action: str, name: str, given: dict[str, object], *, ignore_failure: bool = False
) -> StepSpec:
    label, module = steps.label_of(action), ""
    if action == CHECKOUT:
        label, module = CHECKOUT_LABEL, CHECKOUT_MODULE
    elif action in ACTIONS and ACTIONS[action].module:
        module = f"devcloud2018.codeci_action_{ACTIONS[action].module}.action"
    return StepSpec(
        key=f"stage{len(before) + 1}",
        name=name,
        action=action,
        inputs=given,
        ignore_failure=ignore_failure,
        label=label,
        module_id=module,
    )
