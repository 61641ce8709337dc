"""What is asked of many runs at once."""

from sqlalchemy import update

from bottega.runs import queries
from bottega.runs.tables import Run
from tests.runs.conftest import Layer
from tests.support.runs import new_run, submit

FIRST, SECOND, THIRD = "1" * 32, "2" * 32, "3" * 32


def build(layer: Layer, task_id: str, *states: str) -> None:
    """Runs of a task from number 1 on, in these states."""
    for number, state in enumerate(states, 1):
        run = submit(layer.runs, layer.database, new_run(layer.caller, number, task_id=task_id))
        with layer.database.write() as session:
            session.execute(update(Run).where(Run.id == run.id).values(state=state))


def test_the_last_results_of_each_task_are_found_newest_first(layer: Layer) -> None:
    build(layer, FIRST, "FAILURE", "SUCCESS", "ABORTED", "LOST", "SUCCESS", "TIMEOUT", "RUNNING", "QUEUED")
    build(layer, SECOND, "SUCCESS", "STOPPING")
    build(layer, THIRD, "QUEUED")
    with layer.database.read() as session:
        assert queries.recent_results(session, [FIRST, SECOND, THIRD, "4" * 32], 3) == {
            FIRST: ["TIMEOUT", "SUCCESS", "LOST"],
            SECOND: ["SUCCESS"],
        }
        assert queries.recent_results(session, [FIRST])[FIRST] == [
            "TIMEOUT",
            "SUCCESS",
            "LOST",
            "SUCCESS",
            "FAILURE",
        ]
        assert queries.recent_results(session, []) == {}
    for task_id, expected in ((FIRST, ["TIMEOUT", "SUCCESS"]), (SECOND, ["SUCCESS"]), (THIRD, [])):
        rows = layer.database.lookups.rows(queries.recent_states, {"task_id": task_id, "depth": 2})
        assert [row.state for row in rows] == expected
