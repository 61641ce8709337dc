"""From a build task and one run's choices to the run the execution layer queues."""

from collections.abc import Collection, Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import msgspec

from bottega.build import source, steps
from bottega.build.definition import Definition
from bottega.build.demands import check_labels, demanded
from bottega.build.kinds import BUILD
from bottega.build.parameters import (
    BRANCH_PARAMETER,
    CANCEL_PARAMETER,
    LABELS_PARAMETER,
    MASK,
    NETWORK_PARAMETER,
    PIPELINE,
    Parameter,
    check_option,
    check_value,
)
from bottega.build.planning.inputs import PlanInputs
from bottega.build.planning.paths import checked_path
from bottega.build.source import Source
from bottega.build.wire import CreateBuildJobScm, ParameterItem, Scm
from bottega.build.yaml import DEFAULT_PATH, PATH_PARAMETER
from bottega.errors import Invalid
from bottega.ids import new_execution_id
from bottega.runs.flavors import normalised
from bottega.runs.held import CLAIMABLE, PLAN
from bottega.runs.spec import NewRun, RunSpec, StepSpec
from bottega.runs.triggers import PUSH
from bottega.settings import Settings

CHECKOUT_NAME = "Code checkout"
CHECKOUT_LABEL = "external_pre_checkout"
CHECKOUT_MODULE = "devcloud2018.codeci_action_20040.action"
NO_SOURCE = "a YAML build reads its steps from a repository, and the task has no source"


class TaskFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What identifies the task, its tenant and who runs it."""

    id: str
    name: str
    tenant_id: str
    project_id: str
    user_id: str
    user_name: str
    trigger: str


class RunChoices(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller chooses for one run."""

    parameters: list[ParameterItem] = []
    scm: Scm = msgspec.field(default_factory=Scm)


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """The run that is built again, at its ``commit`` (empty: it never came to one).

    ``taken`` are runs of its jobs that are not run again, by name.
    """

    run_id: str
    commit: str
    repository: str
    taken: dict[str, str] = {}


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """``refusal`` says why the run cannot be scheduled, or is empty. ``used`` are all values by parameter name.

    ``plan`` is what a YAML build, which is held, is planned from. ``cancels_older``: earlier unfinished runs of the
    same branch are to be stopped. A push is one of its branch, though it is built by its commit.
    """

    new: NewRun
    refusal: str
    used: dict[str, str]
    plan: PlanInputs | None
    cancels_older: bool


def compile_run(
    task: TaskFacts,
    definition: Definition,
    private_defaults: dict[str, str],
    choices: RunChoices,
    *,
    number: int,
    daily_number: str,
    at: datetime,
    settings: Settings,
    again: Again | None = None,
) -> Compiled:
    """Compile one run. ``at`` is the local time of acceptance. Raises :class:`Invalid` for a choice that is refused."""
    declared = definition.declared()
    overrides = _overrides(declared, choices.parameters)
    values = {
        parameter.name: overrides.get(
            parameter.name,
            private_defaults.get(parameter.name, "") if parameter.private else parameter.default,
        )
        for parameter in declared
    }
    values.update({name: overrides[name] for name in overrides if name not in values})
    secret = {parameter.name for parameter in declared if parameter.private}
    public = {name: value for name, value in values.items() if name not in secret}
    predefined = {
        "BUILDNUMBER": daily_number,
        "TIMESTAMP": at.strftime("%Y%m%d%H%M%S"),
        "INCREASENUM": str(number),
        "PROJECT_ID": task.project_id,
        "JOB_ID": task.id,
        "JOB_NAME": task.name,
    }
    scm = _saved_source(definition)
    chosen = Source()
    if scm.url or choices.scm.url:
        chosen = source.choose(
            scm, choices.scm, overrides.get(BRANCH_PARAMETER, ""), {**public, **predefined}
        )
    if again is not None and chosen.url:
        chosen = msgspec.structs.replace(chosen, commit=again.commit)
    branch_value = chosen.branch or public.get(BRANCH_PARAMETER, source.DEFAULT_BRANCH)
    public[BRANCH_PARAMETER] = branch_value
    env = {**public, **predefined}
    plan = None
    if definition.is_yaml:
        plan = _plan(definition, chosen, public, predefined, secret)
        plan.taken = again.taken if again is not None else {}
    planned = [] if plan or not chosen.url else _checkout(definition, chosen)
    if not plan:
        planned += steps.compile_steps(definition.steps or [], len(planned) + 1, env, secret)
    execution_id = new_execution_id()
    new = NewRun(
        kind=BUILD,
        tenant_id=task.tenant_id,
        project_id=task.project_id,
        task_id=task.id,
        task_name=task.name,
        number=number,
        daily_number=daily_number,
        execution_id=execution_id,
        trigger=task.trigger,
        user_id=task.user_id,
        user_name=task.user_name,
        pool=definition.pool,
        arch=definition.arch,
        flavor=normalised(definition.flavor or ""),
        demands=demanded(planned, _labels(values, secret), normalised(definition.flavor or "")),
        spec=RunSpec(
            timeout_seconds=definition.timeout_seconds(settings.runs.timeout_minutes),
            network=settings.sandbox.network and values.get(NETWORK_PARAMETER, "").lower() != "off",
            opening=f"[JobStatusPlugin] onStarted: {execution_id} #{number}",
            env=env,
            steps=planned,
            secret_files=steps.secret_files(planned),
        ),
        secret_env={name: values[name] for name in secret},
        parameters=_shown(declared, values | {BRANCH_PARAMETER: branch_value}),
        source_url=chosen.url,
        repository=source.repository_name(chosen.url, "" if choices.scm.url else scm.repo_name or ""),
        build_type=chosen.build_type if chosen.url else "",
        branch=chosen.branch,
        tag=chosen.tag,
        commit_id=chosen.commit,
        held=PLAN if plan else CLAIMABLE,
        rerun_of=None if again is None else again.run_id,
    )
    if again is not None and again.repository:
        new.repository = again.repository
    refusal = NO_SOURCE if plan and not chosen.url else chosen.missing
    of_branch = chosen.build_type == "branch" or (chosen.build_type == "commitId" and task.trigger == PUSH)
    cancels_older = _cancels_older(values) and bool(chosen.branch) and of_branch
    return Compiled(new=new, refusal=refusal, used=values, plan=plan, cancels_older=cancels_older)


def _cancels_older(values: dict[str, str]) -> bool:
    word = values.get(CANCEL_PARAMETER, "").strip().lower()
    if word not in {"", "off", "branch"}:
        raise Invalid(f"parameter {CANCEL_PARAMETER}", f"{word[:80]!r} is neither branch nor off")
    return word == "branch"


def _plan(
    definition: Definition,
    chosen: Source,
    public: dict[str, str],
    predefined: dict[str, str],
    secret: set[str],
) -> PlanInputs:
    field = f"parameter {PATH_PARAMETER}"
    if PATH_PARAMETER in secret:
        raise Invalid(field, "cannot be private: records show which file was built")
    scm = _saved_source(definition)
    return PlanInputs(
        url=chosen.url,
        build_type=chosen.build_type,
        branch=chosen.branch,
        tag=chosen.tag,
        commit=chosen.commit,
        path=checked_path(public.get(PATH_PARAMETER) or DEFAULT_PATH, field),
        values=public,
        predefined=predefined,
        private=sorted(secret),
        depth=int(scm.depth or 1),
        submodules=definition.submodules,
        lfs=scm.enable_git_lfs is True,
    )


def _labels(values: Mapping[str, str], secret: Collection[str]) -> list[str]:
    private = LABELS_PARAMETER in secret
    return check_labels(values.get(LABELS_PARAMETER, ""), private=private, field="parameter")


def _saved_source(definition: Definition) -> CreateBuildJobScm:
    return definition.scms[0] if definition.scms else CreateBuildJobScm(url="")


def _checkout(definition: Definition, chosen: Source) -> list[StepSpec]:
    scm = _saved_source(definition)
    return [
        StepSpec(
            key="stage1",
            name=CHECKOUT_NAME,
            action="checkout",
            inputs={
                "url": chosen.url,
                "branch": chosen.branch,
                "tag": chosen.tag,
                "commit": chosen.commit,
                "build_type": chosen.build_type,
                "depth": int(scm.depth or 1),
                "submodules": definition.submodules,
                "lfs": scm.enable_git_lfs is True,
                "path": "",
            },
            label=CHECKOUT_LABEL,
            module_id=CHECKOUT_MODULE,
            hidden=True,
        )
    ]


def _overrides(declared: list[Parameter], items: list[ParameterItem]) -> dict[str, str]:
    by_name = {parameter.name: parameter for parameter in declared}
    accepted = {*by_name, BRANCH_PARAMETER, *PIPELINE}
    overrides: dict[str, str] = {}
    for index, item in enumerate(items):
        field = f"parameter[{index}]"
        if item.name not in accepted:
            near = get_close_matches(item.name, sorted(accepted), n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise Invalid(f"{field}.name", f"the task has no parameter {item.name[:128]!r}{hint}")
        if item.name in overrides:
            raise Invalid(f"{field}.name", f"{item.name} is given twice")
        check_value(item.text, f"{field}.value")
        if item.name in by_name:
            check_option(by_name[item.name], item.text, f"{field}.value")
        overrides[item.name] = item.text
    return overrides


def _shown(declared: list[Parameter], values: dict[str, str]) -> list[dict[str, Any]]:
    known = {parameter.name: parameter for parameter in declared}
    shown: list[dict[str, Any]] = []
    for name, value in values.items():
        parameter = known.get(name)
        private = parameter is not None and parameter.private
        shown.append(
            {
                "name": name,
                "value": MASK if private else value,
                "type": parameter.wire_type if parameter else "normalparam",
                "secret": private,
            }
        )
    return shown
