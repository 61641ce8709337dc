"""Building something again."""

from typing import Any

import msgspec
import pytest

from bottega.build.compile import RunChoices
from bottega.build.definition import Definition
from bottega.build.tables import BuildTask
from bottega.build.wire import ParameterItem, Scm
from bottega.errors import Conflict, Forbidden, NotFound
from bottega.iam.principal import Principal
from bottega.runs.tables import Run
from tests.build.flows.conftest import Flows
from tests.build.harness import end_run, parameter, shell_step
from tests.build.planning.conftest import FILE, MINIMAL

GRAPH = {"A": [], "B": [], "C": ["A", "B"]}


def rerun(flows: Flows, number: int, *, failed_only: bool = False, task_id: str = "") -> Run:
    run = flows.builds.rerun(
        flows.task.caller, task_id or flows.task.task_id, number, failed_only=failed_only
    )
    flows.task.plan()
    return flows.task.row(run)


def failed_flow(flows: Flows) -> Run:
    """A succeeded, B failed, C was skipped."""
    flow = flows.start(GRAPH)
    begun = flows.claimed()
    flows.end(begun["A"])
    flows.end(begun["B"], "FAILURE")
    flows.service.scan()
    return flow


@pytest.mark.parametrize("strategy", ["eager", "lazy"])
def test_jobs_that_succeeded_are_taken_over(flows: Flows, strategy: str) -> None:
    flow = flows.start(GRAPH, strategy)
    begun = flows.claimed()
    flows.end(begun["A"])
    flows.end(begun["B"], "FAILURE")
    flows.service.scan()
    # The branch moves on; what is built again is the commit of then.
    commit = flows.code.git("rev-parse", "HEAD")
    flows.code.commit("later", **{FILE: MINIMAL})
    second = rerun(flows, flow.number, failed_only=True)
    assert (second.number, second.commit_id, second.rerun_of) == (2, commit, flow.id)
    assert flows.states(second)["A"] == "SUCCESS"
    again = flows.claimed()
    assert list(again) == ["B"]
    flows.end(again["B"])
    flows.service.scan()
    last = flows.claimed()
    assert list(last) == ["C"]
    flows.end(last["C"])
    flows.service.scan()
    assert flows.row(second).state == "SUCCESS"
    assert len(flows.children(second)) == 2
    assert flows.row(flow).state == "FAILURE"


def test_without_that_wish_all_jobs_run_again(flows: Flows) -> None:
    flow = failed_flow(flows)
    second = rerun(flows, flow.number)
    assert set(flows.states(second).values()) == {"QUEUED"}


def test_what_has_not_ended_or_not_failed_is_refused(flows: Flows) -> None:
    flow = flows.start({"A": []})
    with pytest.raises(Conflict, match="has not ended"):
        rerun(flows, flow.number)
    flows.end(flows.claimed()["A"])
    flows.service.scan()
    with pytest.raises(Conflict, match="nothing of build 1 has failed"):
        rerun(flows, flow.number, failed_only=True)
    with pytest.raises(NotFound):
        rerun(flows, 7)


def test_it_takes_the_right_to_execute(flows: Flows, bob: Principal) -> None:
    flow = failed_flow(flows)
    with pytest.raises(NotFound):
        flows.builds.rerun(bob, flows.task.task_id, flow.number)
    nobody = msgspec.structs.replace(flows.task.caller, user_id="0" * 32, rights=frozenset())
    with pytest.raises(Forbidden):
        flows.builds.rerun(nobody, flows.task.task_id, flow.number)


def graphical(flows: Flows, project_id: str, **more: Any) -> BuildTask:
    declared = [
        parameter("codeBranch", "master"),
        parameter("level", "low"),
        parameter("KEY", "secret-default", sensitiveVar="true"),
        parameter("VERSION", "v1", type="increment"),
    ]
    definition = {
        "arch": "x86-64",
        "steps": [shell_step()],
        "scms": [{"url": flows.code.url, "scm_type": "codehub", "branch": "${codeBranch}"}],
        "parameters": declared,
        **more,
    }
    return flows.builds.create(
        flows.task.caller, project_id, "graphical", msgspec.convert(definition, Definition)
    )


def test_a_plain_build_has_its_commit_and_its_parameters_again(flows: Flows, project_id: str) -> None:
    task = graphical(flows, project_id)
    values = {"level": "high", "KEY": "secret-given", "codeBranch": "feature"}
    items = [ParameterItem(name=name, value=value) for name, value in values.items()]
    first = flows.builds.execute(flows.task.caller, task.id, RunChoices(parameters=items))
    commit = "a" * 40
    end_run(flows.builds.database, first.id, "FAILURE", commit_id=commit)
    second = rerun(flows, 1, task_id=task.id)
    env, checkout = second.spec["env"], second.spec["steps"][0]["inputs"]
    assert (env["level"], env["VERSION"], env["INCREASENUM"]) == ("high", "v1", "2")
    assert (checkout["commit"], checkout["branch"], checkout["build_type"]) == (commit, "feature", "branch")
    assert (second.commit_id, second.branch, second.repository) == (commit, "feature", first.repository)
    assert flows.builds.runs.secret_env(second) == {"KEY": "secret-given"}
    assert "secret-given" not in str(second.spec) + str(second.parameters)
    third = flows.builds.execute(flows.task.caller, task.id, RunChoices())
    assert third.spec["env"]["VERSION"] == "v2"


def test_a_value_that_was_private_is_not_shown_when_its_parameter_is_no_more(
    flows: Flows, project_id: str
) -> None:
    task = graphical(flows, project_id)
    items = [ParameterItem(name="KEY", value="secret-given")]
    first = flows.builds.execute(flows.task.caller, task.id, RunChoices(parameters=items))
    end_run(flows.builds.database, first.id, "FAILURE", commit_id="a" * 40)
    changed = msgspec.convert(
        {
            **task.definition,
            "parameters": [parameter("KEY", "for all to see"), parameter("codeBranch", "master")],
        },
        Definition,
    )
    flows.builds.update(flows.task.caller, task.id, project_id, task.name, changed)
    second = rerun(flows, 1, task_id=task.id)
    assert second.spec["env"]["KEY"] == "for all to see"
    assert "secret-given" not in str(second.spec) + str(second.parameters)


def test_a_tag_is_built_at_the_commit_it_had(flows: Flows, project_id: str) -> None:
    task = graphical(flows, project_id)
    choices = RunChoices(scm=Scm(build_type="tag", build_tag="v1"))
    first = flows.builds.execute(flows.task.caller, task.id, choices)
    end_run(flows.builds.database, first.id, "ABORTED", commit_id="b" * 40)
    second = rerun(flows, 1, task_id=task.id, failed_only=True)
    checkout = second.spec["steps"][0]["inputs"]
    assert (checkout["tag"], checkout["commit"], second.tag) == ("v1", "b" * 40, "v1")
