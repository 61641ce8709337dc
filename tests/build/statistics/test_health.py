"""The health score in SQL and in Python."""

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bottega.build.health import HEALTH_DEPTH, health
from bottega.build.service import BuildService
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.runs import queries
from bottega.runs.states import RunState
from tests.build.statistics.histories import past_runs

STATES = st.lists(st.sampled_from(list(RunState)), max_size=12)


def defined(states: Sequence[RunState]) -> int:
    """As ``docs/reference/statistics.md`` has it; ``states`` oldest first."""
    unfinished = {RunState.QUEUED, RunState.RUNNING, RunState.STOPPING}
    counted = [state for state in states if state not in {*unfinished, RunState.ABORTED}][-5:]
    well = counted.count(RunState.SUCCESS)
    return int(100 * well / len(counted) + 0.5) if counted else 0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STATES, min_size=1, max_size=4))
def test_health_is_the_share_of_successes_among_the_last_five_results(
    builds: BuildService, alice: Principal, histories: list[list[RunState]]
) -> None:
    tasks = {new_hex(): states for states in histories}
    for task_id, states in tasks.items():
        past_runs(builds.database, alice, task_id, [{"state": str(state)} for state in states])
    expected = {task_id: defined(states) for task_id, states in tasks.items()}
    with builds.database.read() as session:
        listed = queries.recent_results(session, list(tasks), HEALTH_DEPTH)
    assert {task_id: health(listed.get(task_id, [])) for task_id in tasks} == expected
    for task_id in tasks:
        key = {"task_id": task_id, "depth": HEALTH_DEPTH}
        rows = builds.database.lookups.rows(queries.recent_states, key)
        assert health([row.state for row in rows]) == expected[task_id]
