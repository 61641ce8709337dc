import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    ListBuildInfoRecordByJobIdRequest,
    ListRecordsRequest,
    ShowBuildRecordFullStagesRequest,
    ShowBuildRecordRequest,
    ShowHistoryDetailsRequest,
    ShowListHistoryRequest,
    ShowListPeriodHistoryRequest,
    ShowRecordDetailRequest,
    ShowRecordInfoRequest,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from sqlalchemy import update

from bottega.runs.tables import Run
from tests.build.api.test_runs import new_task, record
from tests.build.harness import Server, end_run, parameter, shell_step

ZONE = ZoneInfo("Asia/Shanghai")
UTC_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00")
ZONED_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")
COMPACT_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0800")


def stage(key: str, state: str, start: int, end: int | None, **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "name": more.pop("name", key.title()),
        "state": state,
        "started_at": start,
        "finished_at": end,
        "exit_code": None,
        "reason": "",
        "log_start": 0,
        "log_end": None,
        "hidden": False,
        **more,
    }


def built_task(server: Server, project_id: str) -> tuple[str, dict[str, Any]]:
    """A task with two steps, of which the first run finished after the first failed."""
    job_id = new_task(
        server,
        project_id,
        scms=[{"url": "git@git.example.com:group/shop.git", "scm_type": "codehub", "branch": "master"}],
        parameters=[parameter("TOKEN", "s3cr3t", sensitiveVar="true"), parameter("version", "7")],
        steps=[shell_step(name="Compile"), shell_step(name="Test")],
    )
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    found = record(server, job_id, 1)
    end_run(
        server.builds.database,
        str(found["id"]),
        "FAILURE",
        reason="step Compile failed with exit code 2",
        commit_id="c" * 40,
        commit_message="add shop",
        committed_at=1_719_390_309_000,
        stages=[
            stage("initial", "success", 1_719_390_000_000, 1_719_390_000_500, hidden=True),
            stage("stage1", "success", 1_719_390_000_500, 1_719_390_001_000, hidden=True),
            stage(
                "stage2", "failure", 1_719_390_001_000, 1_719_390_004_000, exit_code=2, reason="exit code 2"
            ),
            stage("stage3", "skipped", None, None),  # type: ignore[arg-type]
            stage("final", "success", 1_719_390_004_000, 1_719_390_004_100, hidden=True),
        ],
    )
    return job_id, record(server, job_id, 1)


def window(days_back: int = 1, days_ahead: int = 1) -> dict[str, str]:
    now = datetime.now(ZONE)
    form = "%Y-%m-%d %H:%M:%S"
    return {
        "start_time": (now - timedelta(days=days_back)).strftime(form),
        "end_time": (now + timedelta(days=days_ahead)).strftime(form),
    }


def test_record_info_of_v4_and_v3(server: Server, workshop: str) -> None:
    job_id, found = built_task(server, workshop)
    assert (found["status"], found["record_status"], found["build_no"]) == ("FAILURE", "FAILURE", 1)
    assert (found["codeci_job_id"], found["devcloud_project_id"]) == (job_id, workshop)
    assert (found["repo_name"], found["branch"], found["commit"]) == ("shop", "master", "c" * 40)
    assert (found["commit_create_time"], found["build_type"]) == ("2024-06-26T08:25:09.000+00:00", "branch")
    assert (found["err_msg"], found["use_private_slave"]) == ("step Compile failed with exit code 2", 0)
    assert all(
        UTC_FORM.fullmatch(found[f"{name}_time"]) for name in ("create", "start", "runnable", "finish")
    )
    sdk = server.sdk("alice")
    current = sdk.show_record_detail(ShowRecordDetailRequest(job_id=job_id, build_no=1))
    outdated = sdk.show_record_info(ShowRecordInfoRequest(job_id=job_id, build_no=1))
    assert current.status == "success"
    assert outdated.success is True
    assert outdated.result.build_record_id == current.result.build_record_id
    assert outdated.result.duration == current.result.duration
    body = server.http.get(f"/v3/jobs/{job_id}/1/record-info").json()
    assert set(body) == {"result", "success"}


def test_a_record_by_its_id(server: Server, workshop: str) -> None:
    _, found = built_task(server, workshop)
    shown = server.sdk("alice").show_build_record(ShowBuildRecordRequest(record_id=found["build_record_id"]))
    one = shown.result
    assert (one.status, one.status_code, one.build_no, one.user_id) == ("FAILURE", 6, "1", found["user_id"])
    assert (one.build_duration, one.project_id) == (5000, found["build_project_id"])
    assert one.duration == one.build_duration + one.pending_duration
    values = {item.name: (item.value, item.secret) for item in one.parameters}
    assert values["TOKEN"] == ("******", True)
    assert values["version"] == ("7", False)
    assert values["codeBranch"] == ("master", False)
    assert one.build_record_type.record_type == "JOB"


def test_records_of_a_build_project_page_until_empty(server: Server, workshop: str) -> None:
    job_id, found = built_task(server, workshop)
    for _ in range(4):
        server.http.post("/v1/job/execute", json={"job_id": job_id})
    bpid = found["build_project_id"]
    numbers: list[str] = []
    for page in range(9):
        params = {"page": page, "limit": 2}
        result = server.http.get(f"/v1/record/{bpid}/records", params=params).json()["result"]
        assert result["pagination"] == {"page": page, "limit": 2, "total": 5}
        if not result["data"]:
            break
        numbers += [one["build_no"] for one in result["data"]]
    assert numbers == ["5", "4", "3", "2", "1"]
    listed = server.sdk("alice").list_records(ListRecordsRequest(build_project_id=bpid, page=0, limit=10))
    assert [one.status for one in listed.result.data] == ["QUEUED"] * 4 + ["FAILURE"]


def test_filters_of_the_records_repeat_their_key(server: Server, workshop: str) -> None:
    job_id, found = built_task(server, workshop)
    for branch in ("dev", "feature/x"):
        body = {"job_id": job_id, "parameter": [{"name": "codeBranch", "value": branch}]}
        server.http.post("/v1/job/execute", json=body)
    server.http.post("/v1/job/execute", json={"job_id": job_id, "scm": {"build_tag": "v1"}})
    sdk = server.sdk("alice")

    def numbers(**filters: Any) -> list[str]:
        request = ListRecordsRequest(build_project_id=found["build_project_id"], limit=10, **filters)
        return [one.build_no for one in sdk.list_records(request).result.data]

    assert numbers(branches=["dev", "feature/x"]) == ["3", "2"]
    assert numbers(branches=["master"]) == ["1"]
    assert numbers(tags=["v1", "v2"]) == ["4"]
    assert numbers(triggers=["MANUAL"]) == ["4", "3", "2", "1"]
    assert numbers(triggers=["manual", "TIMER"]) == ["4", "3", "2", "1"]
    assert numbers(triggers=["TIMER"]) == []
    bounds = window()
    assert numbers(from_date=bounds["start_time"], to_date=bounds["end_time"]) == ["4", "3", "2", "1"]
    assert numbers(from_date=bounds["end_time"]) == []
    assert numbers(to_date=bounds["start_time"]) == []


def test_a_window_includes_its_last_second_in_the_servers_zone(server: Server, workshop: str) -> None:
    job_id, found = built_task(server, workshop)
    moment = int(datetime(2026, 3, 1, 12, 0, 0, tzinfo=ZONE).timestamp() * 1000) + 700
    with server.builds.database.write() as session:
        session.execute(update(Run).where(Run.id == found["id"]).values(created_at=moment))
    path = f"/v1/record/{found['build_project_id']}/records"
    for start, end, count in (
        ("2026-03-01 12:00:00", "2026-03-01 12:00:00", 1),
        ("2026-03-01 11:59:59", "2026-03-01 11:59:59", 0),
        ("2026-03-01 12:00:01", "2026-03-01 12:00:09", 0),
    ):
        result = server.http.get(path, params={"from_date": start, "to_date": end}).json()["result"]
        assert len(result["data"]) == count
        params = {"start_time": start, "end_time": end}
        listed = server.http.get(f"/v1/record/{job_id}/list", params=params).json()["result"]
        assert listed["total_record"] == str(count)


def test_the_record_list_of_a_task_has_text_numbers(server: Server, workshop: str) -> None:
    job_id, _ = built_task(server, workshop)
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    request = ListBuildInfoRecordByJobIdRequest(job_id=job_id, page_index=0, page_size=1, **window())
    result = server.sdk("alice").list_build_info_record_by_job_id(request).result
    assert (result.health_score, result.page_index, result.total_page, result.total_record) == (
        "0",
        "0",
        "2",
        "2",
    )
    request = ListBuildInfoRecordByJobIdRequest(job_id=job_id, page_index=1, page_size=1, **window())
    one = server.sdk("alice").list_build_info_record_by_job_id(request).result.job_build_states[0]
    assert (one.number, one.state, one.job_running_status, one.trigger_type) == (
        1,
        "FAILURE",
        "Finished",
        "Manual",
    )
    assert (one.build_time, one.commit_info.commit_id) == (5000, "c" * 40)


@pytest.mark.parametrize("days", [31, 32])
def test_a_window_has_at_most_31_days(server: Server, workshop: str, days: int) -> None:
    job_id = new_task(server, workshop)
    start = datetime(2026, 1, 1, tzinfo=ZONE)
    params = {
        "start_time": start.strftime("%Y-%m-%d %H:%M:%S"),
        "end_time": (start + timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S"),
    }
    answer = server.http.get(f"/v1/record/{job_id}/list", params=params)
    assert answer.status_code == (200 if days == 31 else 400)
    if days > 31:
        assert answer.json()["error_code"] == "CB.00031105"


def test_windows_that_are_none_are_refused(server: Server, workshop: str) -> None:
    job_id, found = built_task(server, workshop)
    good = {"start_time": "2026-01-01 00:00:00", "end_time": "2026-01-02 00:00:00"}
    for change, field in (
        ({"start_time": "2026-01-01"}, "start_time"),
        ({"start_time": "2026-02-30 00:00:00"}, "start_time"),
        ({"end_time": "2025-01-01 00:00:00"}, "end_time"),
        ({"end_time": "9999-12-31 23:59:59"}, "end_time"),
    ):
        answer = server.http.get(f"/v1/record/{job_id}/list", params={**good, **change})
        assert answer.status_code == 400
        assert field in answer.json()["error_msg"]
    assert server.http.get(f"/v1/record/{job_id}/list").status_code == 400
    path = f"/v1/record/{found['build_project_id']}/records"
    assert server.http.get(path, params={"limit": 101}).status_code == 400
    assert server.http.get(path, params={"from_date": "yesterday"}).status_code == 400


def test_stages_in_their_order(server: Server, workshop: str) -> None:
    _, found = built_task(server, workshop)
    request = ShowBuildRecordFullStagesRequest(record_id=found["build_record_id"], cascade=True)
    result = server.sdk("alice").show_build_record_full_stages(request).result
    stages = sorted(result.build_stages.values(), key=lambda one: one.sequence)
    assert [one.execution_stage_name for one in stages] == ["initial", "stage1", "stage2", "stage3", "final"]
    assert [one.status for one in stages] == ["SUCCESS", "SUCCESS", "FAILURE", "SKIPPED", "SUCCESS"]
    assert (stages[2].status_code, stages[2].duration) == (6, 3000)
    assert COMPACT_FORM.fullmatch(stages[2].start_time)
    path = f"/v1/record/{found['build_record_id']}/full-stages"
    with_steps = server.http.get(path, params={"cascade": "true"}).json()["result"]["build_stages"]
    assert with_steps["stage2"]["steps"][0]["exit_code"] == 2
    assert "steps" not in server.http.get(path).json()["result"]["build_stages"]["stage2"]


def test_histories_of_v3(server: Server, workshop: str) -> None:
    job_id, found = built_task(server, workshop)
    sdk = server.sdk("alice")
    recent = sdk.show_list_history(ShowListHistoryRequest(job_id=job_id, offset=0, limit=10, interval=7))
    assert recent.total == 1
    one = recent.history_records[0]
    assert (one.record_id, one.job_id, one.build_number) == (found["daily_build_num"], job_id, 1)
    assert one.result == "FAILURE"
    assert ZONED_FORM.fullmatch(one.start_time)
    today = datetime.now(ZONE).strftime("%Y-%m-%d")
    request = ShowListPeriodHistoryRequest(
        job_id=job_id, offset=0, limit=10, start_time=today, end_time=today
    )
    period = sdk.show_list_period_history(request)
    assert period.total == 1
    assert period.history_records[0].trigger_type == "手工触发"
    assert period.history_records[0].commit_message == "add shop"
    assert set(server.http.get(f"/v3/jobs/{job_id}/history").json()) == {"history_records", "total"}


def test_periods_of_v3_have_at_most_30_days(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    path = f"/v3/jobs/{job_id}/period-history"
    assert (
        server.http.get(path, params={"start_time": "2026-01-01", "end_time": "2026-01-31"}).status_code
        == 200
    )
    answer = server.http.get(path, params={"start_time": "2026-01-01", "end_time": "2026-02-01"})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "CB.00031105")
    for params in (
        {"start_time": "2026-1-1", "end_time": "2026-01-31"},
        {"start_time": "2026-01-02", "end_time": "2026-01-01"},
        {"start_time": "2026-01-02"},
    ):
        assert server.http.get(path, params=params).status_code == 400
    for interval in ("31", "-1", "x"):
        answer = server.http.get(f"/v3/jobs/{job_id}/history", params={"interval": interval})
        assert answer.status_code == 400


def test_history_details_show_visible_steps_and_masked_parameters(server: Server, workshop: str) -> None:
    job_id, _ = built_task(server, workshop)
    request = ShowHistoryDetailsRequest(job_id=job_id, build_number=1)
    details = server.sdk("alice").show_history_details(request)
    assert (details.job_name, details.project_name, details.build_number) == ("task", "workshop", 1)
    assert [(step.name, step.status, step.build_time) for step in details.build_steps] == [
        ("Compile", "error", 3000),
        ("Test", "", 0),
    ]
    assert details.parameters["TOKEN"] == "******"
    assert "s3cr3t" not in server.http.get(f"/v3/jobs/{job_id}/1/history-details").text


def test_history_details_of_a_task_never_built_are_forbidden(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    with pytest.raises(ClientRequestException) as refused:
        server.sdk("alice").show_history_details(ShowHistoryDetailsRequest(job_id=job_id, build_number=1))
    assert (refused.value.status_code, refused.value.error_code) == (403, "CB.00031059")
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    answer = server.http.get(f"/v3/jobs/{job_id}/2/history-details")
    assert (answer.status_code, answer.json()["error_code"]) == (422, "CB.00031006")


def test_records_of_other_tenants_and_deleted_tasks_do_not_exist(server: Server, workshop: str) -> None:
    job_id, found = built_task(server, workshop)
    record_id, bpid = found["build_record_id"], found["build_project_id"]
    unknown = "12345678-1234-1234-1234-123456789abc"
    paths = [
        ("/v1/record/{}/info", record_id, unknown),
        ("/v1/record/{}/full-stages", record_id, unknown),
        ("/v1/record/{}/records", bpid, unknown),
        ("/v4/{}/download-log", record_id, unknown),
        ("/v4/{}/task-log?task_name=stage1", record_id, unknown),
        ("/v4/jobs/{}/1/record-info", job_id, "f" * 32),
        ("/v1/log/{}/1/real-time-log?size=1000", job_id, "f" * 32),
        ("/v1/record/{}/list?start_time=2026-01-01 00:00:00&end_time=2026-01-01 00:00:01", job_id, "f" * 32),
        ("/v3/jobs/{}/1/record-info", job_id, "f" * 32),
        ("/v3/jobs/{}/1/real-time-log?offset=0", job_id, "f" * 32),
        ("/v3/jobs/{}/history", job_id, "f" * 32),
        ("/v3/jobs/{}/1/history-details", job_id, "f" * 32),
        ("/v1/job/{}/info", job_id, "f" * 32),
        ("/v1/job/{}/status", job_id, "f" * 32),
        ("/v1/job/{}/running-status", job_id, "f" * 32),
        ("/v3/jobs/{}/status", job_id, "f" * 32),
    ]
    bob = server.caller("bob")

    def same_as_unknown(path: str, known: str, other: str) -> None:
        missing = bob.get(path.format(other))
        foreign = bob.get(path.format(known))
        assert foreign.status_code == missing.status_code == 422, path
        assert foreign.text.replace(known, "ID") == missing.text.replace(other, "ID"), path

    for path, known, other in paths:
        same_as_unknown(path, known, other)
    bob.close()
    server.http.delete(f"/v1/job/{job_id}/delete")
    for path, known, _ in paths:
        assert server.http.get(path.format(known)).status_code == 422, path
