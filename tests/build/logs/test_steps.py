"""The log of one step, found by the number its stage has."""

from tests.build.harness import Server
from tests.build.logs.logged import LoggedBuild, line
from tests.build.permissions.people import colleague

STEP = "/v1/log/task/step"


def test_the_step_that_runs_is_shown_when_none_is_named(logged: LoggedBuild) -> None:
    prepared, first, second = line("INFO", "prepared"), line("INFO", "first"), line("INFO", "second")
    where = {"job_id": logged.job_id, "build_no": 1}
    logged.write(prepared, first, state="RUNNING", open_stage=True)
    page = logged.get(STEP, **where)
    assert (page["step_id"], page["step"], page["log"], page["has_more"]) == (2, "Step 1", first, True)
    assert logged.get(STEP, **where, step_id=1)["has_more"] is False
    logged.write(prepared, first, second, state="RUNNING", open_stage=True)
    page = logged.get(STEP, **where)
    assert (page["step_id"], page["log"]) == (3, second)
    done = logged.get(STEP, **where, step_id=2)
    assert (done["log"], done["start_offset"], done["end_offset"]) == (first, "0", str(len(first)))
    assert done["has_more"] is False


def test_of_a_finished_build_it_is_the_step_that_ran_last(logged: LoggedBuild) -> None:
    logged.write(line("INFO", "prepared"), line("INFO", "first"), line("INFO", "second"))
    page = logged.get(STEP, job_id=logged.job_id, build_no=1)
    assert (page["step_id"], page["step"], page["has_more"]) == (3, "Step 2", False)


def test_a_step_that_is_yet_to_run_is_empty_and_promises_more(server: Server, logged: LoggedBuild) -> None:
    where = {"job_id": logged.job_id, "build_no": 1}
    queued = logged.get(STEP, **where)
    assert (queued["step_id"], queued["log"], queued["has_more"]) == (0, "", True)
    logged.write(line("INFO", "prepared"), state="RUNNING", open_stage=True)
    waiting = logged.get(STEP, **where, step_id=2)
    assert (waiting["step_id"], waiting["log"], waiting["has_more"]) == (2, "", True)
    never = server.http.get(STEP, params={**where, "step_id": 9})
    assert (never.status_code, never.json()["error_code"]) == (422, "DEVCB.00031006")


def test_a_step_that_a_finished_build_never_had_does_not_exist(server: Server, logged: LoggedBuild) -> None:
    logged.write(line("INFO", "prepared"))
    for step_id, status in ((2, 422), (0, 400), (-1, 400), ("x", 400)):
        params = {"job_id": logged.job_id, "build_no": 1, "step_id": step_id}
        assert server.http.get(STEP, params=params).status_code == status, step_id


def test_an_offset_behind_the_end_of_a_step_shows_nothing_of_the_next(logged: LoggedBuild) -> None:
    first, second = line("INFO", "first"), line("INFO", "second")
    logged.write(first, second)
    page = logged.get(STEP, job_id=logged.job_id, build_no=1, step_id=1, start_offset=len(first) + 3)
    assert (page["log"], page["has_more"]) == ("", False)
    page = logged.get(STEP, job_id=logged.job_id, build_no=1, step_id=1, end_offset=len(first) + 3)
    assert (page["log"], page["end_offset"]) == (first, str(len(first)))


def test_only_who_may_view_the_task_reads_its_logs(server: Server, logged: LoggedBuild) -> None:
    logged.write(line("INFO", "secret"))
    alice = server.callers["alice"]
    server.callers["nobody"] = colleague(server.builds.database, alice, "nobody", frozenset())
    nobody, bob = server.caller("nobody"), server.caller("bob")
    query = {"job_id": logged.job_id, "build_no": "1", "size": "10", "task_name": "initial"}
    for path in (
        "/v1/log/stage/page",
        STEP,
        f"/v1/log/{logged.record_id}/download-log",
        f"/v1/log/{logged.record_id}/task-log",
        f"/v3/{logged.record_id}/download-log",
    ):
        assert server.http.get(path, params=query).status_code == 200, path
        assert nobody.get(path, params=query).status_code == 403, path
        assert bob.get(path, params=query).status_code == 422, path
    nobody.close()
    bob.close()
