"""Running a build again: its commit and its parameters, for the task as it is saved now."""

from collections.abc import Mapping, Sequence

import msgspec

from bottega.build.compile import Again, RunChoices
from bottega.build.definition import Definition
from bottega.build.flows.reading import JobView
from bottega.build.parameters import BRANCH_PARAMETER, PIPELINE
from bottega.build.wire import ParameterItem, Scm
from bottega.errors import Conflict
from bottega.runs.states import FINAL, RunState
from bottega.runs.tables import Run


def prepare(
    definition: Definition,
    run: Run,
    jobs: Sequence[JobView],
    secrets: Mapping[str, str],
    *,
    failed_only: bool,
) -> tuple[RunChoices, Again]:
    """What to build again of ``run``, which has these private values; ``failed_only`` takes successful jobs over.

    Raises :class:`Conflict` for one that has not ended, and when there is nothing that failed.
    """
    if run.state not in FINAL:
        raise Conflict(f"build {run.number} has not ended yet")
    if failed_only and run.state == RunState.SUCCESS:
        raise Conflict(f"nothing of build {run.number} has failed")
    taken = {
        job.name: job.run_id for job in jobs if job.run is not None and job.run.state == RunState.SUCCESS
    }
    choices = RunChoices(
        parameters=_parameters(definition, run, secrets),
        scm=_scm(definition, run),
    )
    again = Again(
        run_id=run.id,
        commit=run.commit_id,
        repository=run.repository,
        taken=taken if failed_only else {},
    )
    return choices, again


def _parameters(definition: Definition, run: Run, secrets: Mapping[str, str]) -> list[ParameterItem]:
    """The values of that time; parameters that the task does not have any more are left out.

    So are private values of parameters that are not private any more: records and scripts would show them to people who
    never could see them.
    """
    declared = definition.declared()
    known = {*(parameter.name for parameter in declared), BRANCH_PARAMETER, *PIPELINE}
    private = {parameter.name for parameter in declared if parameter.private}
    values = {
        one["name"]: secrets.get(one["name"]) if one["secret"] else one["value"]
        for one in run.parameters
        if one["name"] in (private if one["secret"] else known)
    }
    return [ParameterItem(name=name, value=value) for name, value in values.items() if value is not None]


def _scm(definition: Definition, run: Run) -> Scm:
    if not run.source_url:
        return Scm()
    saved = definition.scms[0].url if definition.scms else ""
    return msgspec.structs.replace(
        Scm(),
        url=None if saved == run.source_url else run.source_url,
        build_type=run.build_type or None,
        branch=run.branch or None,
        build_tag=run.tag or None,
        build_commit_id=run.commit_id or None if run.build_type == "commitId" else None,
    )
