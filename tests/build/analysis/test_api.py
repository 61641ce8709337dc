"""What the analysis of a build answers."""

from typing import Any

import pytest
from sqlalchemy import update

from bottega.build.analysis.service import TAIL_BYTES
from bottega.build.flows.tables import FlowJob
from bottega.runs.tables import Run
from tests.build.api.test_records import stage
from tests.build.harness import Server, end_run
from tests.build.logs.logged import LoggedBuild, line, new_build
from tests.build.permissions.people import LOOKER, colleague

NOT_FOUND = line("INFO", "bash: line 3: mvn: command not found")


def fail(logged: LoggedBuild, *logs: str, state: str = "FAILURE", **stages: dict[str, Any]) -> None:
    """End the build; each log is that of a stage that failed with exit code 1, unless ``stages`` say otherwise."""
    whole = "".join(logs).encode()
    logged.server.live.remove(logged.record_id)
    logged.server.live.append(logged.record_id, 0, whole)
    rows: list[dict[str, Any]] = []
    at = 0
    for number, text in enumerate(logs, 1):
        begin, at = at, at + len(text.encode())
        usual: dict[str, Any] = {
            "state": "failure",
            "exit_code": 1,
            "reason": "exit code 1",
            "name": f"Step {number}",
        }
        given = {**usual, **stages.get(f"stage{number}", {})}
        rows.append(
            stage(
                f"stage{number}", given.pop("state"), number, number + 1, log_start=begin, log_end=at, **given
            )
        )
    reason = "Step 'x' failed: exit code 1"
    end_run(
        logged.server.builds.database,
        logged.record_id,
        state,
        stages=rows,
        log_size=len(whole),
        reason=reason,
    )


def analysis(logged: LoggedBuild, **query: Any) -> Any:
    return logged.get(f"/v1/log/{logged.job_id}/1/analysis", **query)


def test_a_failed_step_is_explained_by_its_log(logged: LoggedBuild) -> None:
    fail(logged, line("INFO", "fine"), NOT_FOUND + line("ERROR", "step failed"), stage1={"state": "success"})
    found = analysis(logged)
    name = logged.get(f"/v1/job/{logged.job_id}/info")["job_name"]
    assert (found["job_name"], found["jobName"]) == (name, name)
    (node,) = found["error_nodes"]
    assert (node["node_id"], node["step"], node["analyzed_success"]) == ("2", "Step 2", True)
    assert node["error_info"]["error_code"] == "BUILD.COMMAND_NOT_FOUND"
    assert node["error_info"]["error_message"].endswith("bash: line 3: mvn: command not found")
    assert "Install the tool" in node["error_info"]["faq"]


def test_the_failed_jobs_of_a_flow_are_explained_by_their_own_logs(
    logged: LoggedBuild, workshop: str
) -> None:
    database = logged.server.builds.database
    jobs = [new_build(logged.server, workshop) for _ in range(3)]
    fail(jobs[0], line("INFO", "fine"), state="SUCCESS")
    fail(jobs[1], line("INFO", "fine"), NOT_FOUND, stage1={"state": "success"})
    fail(jobs[2], state="LOST")
    end_run(database, logged.record_id, "FAILURE", stages=[], reason="2 jobs did not succeed")
    with database.write() as session:
        for position, job in enumerate(jobs, 1):
            name = f"job {position}"
            values = {"position": position, "name": name, "depends_on": [], "planned": {}}
            session.add(FlowJob(flow_id=logged.record_id, run_id=job.record_id, **values))
            moved = {"kind": "job", "task_id": None, "parent_run_id": logged.record_id}
            session.execute(update(Run).where(Run.id == job.record_id).values(**moved))
    missing, lost = analysis(logged)["error_nodes"]
    assert (missing["node_id"], missing["step"]) == ("2", "job 2/Step 2")
    assert missing["error_info"]["error_code"] == "BUILD.COMMAND_NOT_FOUND"
    assert (lost["node_id"], lost["step"]) == ("3", "job 3")
    assert [one["step"] for one in analysis(logged, limit=1, offset=1)["error_nodes"]] == ["job 3"]


def test_what_nobody_knows_is_said_to_be_unknown(logged: LoggedBuild) -> None:
    fail(logged, line("INFO", "nothing to see"), stage1={"exit_code": 3, "reason": "exit code 3"})
    (node,) = analysis(logged)["error_nodes"]
    assert node["analyzed_success"] is False
    assert node["error_info"] == {"error_code": "", "error_message": "exit code 3", "faq": None}


@pytest.mark.parametrize("state", ["QUEUED", "RUNNING", "STOPPING", "SUCCESS", "ABORTED"])
def test_a_build_that_has_not_failed_has_nothing_to_explain(logged: LoggedBuild, state: str) -> None:
    fail(logged, NOT_FOUND, state=state)
    assert analysis(logged)["error_nodes"] == []


def test_a_build_that_failed_as_a_whole_is_explained_by_its_record(logged: LoggedBuild) -> None:
    for state, reason, code in (
        ("LOST", "the agent was lost and no attempt is left", "BUILD.AGENT_LOST"),
        ("SCHEDULE_FAILURE", "The sandbox cannot be used: no bwrap", "BUILD.SANDBOX_TROUBLE"),
        ("TIMEOUT", "The run exceeded its limit of 60 s", "BUILD.TIMED_OUT"),
        ("SCHEDULE_FAILURE", "its task names a file that is gone", ""),
    ):
        end_run(logged.server.builds.database, logged.record_id, state, stages=[], reason=reason)
        (node,) = analysis(logged)["error_nodes"]
        assert (node["node_id"], node["step"]) == ("", "")
        assert node["error_info"]["error_code"] == code
        assert node["error_info"]["error_message"].endswith(reason)


def test_a_timeout_is_named_as_such_whatever_the_log_says(logged: LoggedBuild) -> None:
    late = {"state": "timeout", "exit_code": None, "reason": "The run exceeded its limit of 60 s"}
    fail(logged, NOT_FOUND, state="TIMEOUT", stage1=late)
    (node,) = analysis(logged)["error_nodes"]
    assert node["error_info"]["error_code"] == "BUILD.TIMED_OUT"


def test_only_the_end_of_a_long_log_is_looked_at(logged: LoggedBuild) -> None:
    much = line("INFO", "x" * 60) * (TAIL_BYTES // 100 + 10)
    fail(logged, NOT_FOUND + much * 2, NOT_FOUND + much[: TAIL_BYTES // 2])
    first, second = analysis(logged)["error_nodes"]
    assert (first["analyzed_success"], second["analyzed_success"]) == (False, True)


def test_the_steps_come_in_pages(logged: LoggedBuild) -> None:
    fail(logged, *[NOT_FOUND] * 5)
    pages = [analysis(logged, limit=2, offset=offset)["error_nodes"] for offset in range(4)]
    assert [[node["node_id"] for node in page] for page in pages] == [["1", "2"], ["3", "4"], ["5"], []]
    for wrong in ({"limit": 0}, {"limit": 101}, {"offset": -1}):
        path = f"/v1/log/{logged.job_id}/1/analysis"
        assert logged.server.http.get(path, params=wrong).status_code == 400


def test_a_step_whose_failure_is_ignored_is_left_out(server: Server, workshop: str) -> None:
    step = {
        "module_id": "devcloud2018.codeci_action_20017.action",
        "name": "May fail",
        "properties": {"command": "false"},
        "enable": True,
    }
    logged = new_build(server, workshop, steps=[step, step])
    spec = server.builds.reader.record(server.callers["alice"], logged.record_id).run.spec
    ignored = [{**one, "ignore_failure": one["key"] == "stage1"} for one in spec["steps"]]
    end_run(server.builds.database, logged.record_id, "FAILURE", spec={**spec, "steps": ignored})
    fail(logged, NOT_FOUND, NOT_FOUND)
    assert [node["node_id"] for node in analysis(logged)["error_nodes"]] == ["2"]


def test_without_a_log_the_record_still_explains(logged: LoggedBuild) -> None:
    fail(logged, NOT_FOUND, stage1={"exit_code": 127, "reason": "exit code 127"})
    end_run(logged.server.builds.database, logged.record_id, "FAILURE", log_deleted=True)
    (node,) = analysis(logged)["error_nodes"]
    assert node["error_info"]["error_code"] == "BUILD.COMMAND_NOT_FOUND"


def test_only_who_may_view_the_task_is_told(server: Server, logged: LoggedBuild) -> None:
    fail(logged, NOT_FOUND)
    alice = server.callers["alice"]
    server.callers["nobody"] = colleague(server.builds.database, alice, "nobody", frozenset())
    server.callers["looker"] = colleague(server.builds.database, alice, "looker", LOOKER)
    path = f"/v1/log/{logged.job_id}/1/analysis"
    for name, status in (("looker", 200), ("nobody", 403), ("bob", 422)):
        with server.caller(name) as client:
            assert client.get(path).status_code == status
    assert server.http.get(path.replace("/1/", "/9/")).json()["error_code"] == "DEVCB.00031006"
    assert server.http.get(path.replace("/1/", "/x/")).status_code == 400
