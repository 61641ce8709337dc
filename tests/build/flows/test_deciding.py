"""Flows of any shape, with any outcome of their jobs."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bottega.build.flows.deciding import ENDED, Job, JobState, decide
from bottega.runs.states import RunState

RESULTS = [JobState.SUCCESS, JobState.FAILED, JobState.ABORTED]


@st.composite
def graphs(draw: Any) -> dict[str, list[str]]:
    """Names with what they depend on; every graph without a cycle has such an order."""
    count = draw(st.integers(1, 9))
    return {
        str(number): [str(below) for below in range(number) if draw(st.booleans())] for number in range(count)
    }


def jobs(graph: dict[str, list[str]], states: dict[str, JobState]) -> list[Job]:
    return [Job(name=name, depends_on=graph[name], state=states[name], how="FAILURE") for name in graph]


@given(graph=graphs(), data=st.data())
def test_every_flow_ends_and_no_job_begins_before_what_it_depends_on(
    graph: dict[str, list[str]], data: st.DataObject
) -> None:
    states = dict.fromkeys(graph, JobState.WAITING)
    stop_after = data.draw(st.integers(0, 20))
    steps = 0
    while True:
        decision = decide(jobs(graph, states), stopping=steps >= stop_after)
        for name in decision.begin:
            assert steps < stop_after
            assert all(states[before] is JobState.SUCCESS for before in graph[name])
            states[name] = JobState.BEGUN
        states |= dict.fromkeys(decision.skip, JobState.SKIPPED)
        if decision.end is not None:
            break
        begun = [name for name, state in states.items() if state is JobState.BEGUN]
        assert begun, "nothing runs, and the flow has not ended"
        states[data.draw(st.sampled_from(begun))] = data.draw(st.sampled_from(RESULTS))
        steps += 1
        assert steps <= len(graph)
    assert all(state in ENDED for state in states.values())
    stopped = steps >= stop_after
    if all(state is JobState.SUCCESS for state in states.values()):
        assert decision.end is RunState.SUCCESS
    elif JobState.FAILED in states.values() and not stopped:
        assert decision.end is RunState.FAILURE
    else:
        assert decision.end is RunState.ABORTED
    for name, state in states.items():
        lost = any(states[before] is not JobState.SUCCESS for before in graph[name])
        assert state is JobState.SKIPPED or not lost
        # What does not depend on a failure goes on.
        assert stopped or lost or state is not JobState.SKIPPED


@given(graph=graphs(), data=st.data())
def test_deciding_again_changes_nothing(graph: dict[str, list[str]], data: st.DataObject) -> None:
    states = {name: data.draw(st.sampled_from(list(JobState))) for name in graph}
    stopping = data.draw(st.booleans())
    first = decide(jobs(graph, states), stopping=stopping)
    states |= dict.fromkeys(first.begin, JobState.BEGUN) | dict.fromkeys(first.skip, JobState.SKIPPED)
    again = decide(jobs(graph, states), stopping=stopping)
    assert (again.begin, again.skip, again.end) == ([], {}, first.end)
