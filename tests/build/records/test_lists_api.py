"""Lists of records over both generations, through the official SDK."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    ListBriefRecordRequest,
    ListBuildInfoRecordRequest,
    ShowJobTotalRequest,
    ShowLastHistoryRequest,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from sqlalchemy import update

from bottega.ids import new_hex, new_uuid
from bottega.runs.tables import Run
from tests.build.api.test_contract import missing
from tests.build.api.test_records import COMPACT_FORM, ZONED_FORM, built_task, window
from tests.build.api.test_runs import new_task, record
from tests.build.harness import Server, end_run

ZONE = ZoneInfo("Asia/Shanghai")
PLAIN_FORM = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def created_at(server: Server, record_id: object, moment: datetime) -> None:
    with server.builds.database.write() as session:
        at = int(moment.timestamp() * 1000)
        session.execute(update(Run).where(Run.id == record_id).values(created_at=at))


def test_records_in_brief_have_three_forms_of_time(server: Server, workshop: str) -> None:
    job_id, found = built_task(server, workshop)
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    request = ListBriefRecordRequest(limit=5, body=[found["build_project_id"]])
    shown = server.sdk("alice").list_brief_record(request).result
    assert [one.project_id for one in shown] == [found["build_project_id"]]
    waiting, ended = shown[0].brief_build_record_dtos
    assert (waiting.build_no, waiting.status, waiting.finish_time) == (2, "QUEUED", None)
    assert (ended.id, ended.build_no, ended.status) == (found["build_record_id"], 1, "FAILURE")
    assert (ended.build_duration, ended.pending_duration, ended.duration) == (5000, 1000, 6000)
    assert (ended.branch, ended.revision, ended.trigger_name) == ("master", "c" * 40, "admin")
    assert ended.daily_build_number == found["daily_build_num"]
    assert PLAIN_FORM.fullmatch(ended.create_time)
    for name in ("schedule", "queued", "start", "finish"):
        assert COMPACT_FORM.fullmatch(getattr(ended, f"{name}_time"))
    body = server.http.post("/v1/record/brief?limit=1", json=[found["build_project_id"]]).json()
    assert missing("ListBriefRecordResponse", body) == []
    assert len(body["result"][0]["brief_build_record_dtos"]) == 1


@pytest.mark.parametrize(
    ("body", "limit", "named"),
    [
        ({}, "5", "body"),
        (["x"], "5", "body[0]"),
        ([None], "5", "body"),
        ([new_uuid()] * 101, "5", "body"),
        ([], "101", "limit"),
        ([], "-1", "limit"),
        ([], "x", "limit"),
    ],
)
def test_what_is_no_list_of_build_projects_is_refused(
    server: Server, body: Any, limit: str, named: str
) -> None:
    answer = server.http.post("/v1/record/brief", params={"limit": limit}, json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "CB.00060200")
    assert named in answer.json()["error_msg"]


def test_no_build_project_has_no_records(server: Server) -> None:
    assert server.http.post("/v1/record/brief", json=[]).json()["result"] == []
    answer = server.http.post("/v1/record/brief", json=[new_uuid()])
    assert (answer.status_code, answer.json()["error_code"]) == (422, "DEVCB.00031006")


def test_builds_are_counted_in_a_window_of_any_length(server: Server, workshop: str) -> None:
    job_id, found = built_task(server, workshop)
    for _ in range(2):
        server.http.post("/v1/job/execute", json={"job_id": job_id})
    long_ago = datetime(2026, 1, 1, 8, 0, 0, tzinfo=ZONE)
    created_at(server, found["build_record_id"], long_ago)
    sdk = server.sdk("alice")

    def total(**bounds: str) -> int:
        request = ShowJobTotalRequest(build_project_id=found["build_project_id"], **bounds)
        return sdk.show_job_total(request).result.total

    assert total() == 3
    assert total(from_date="2026-01-01 08:00:00", to_date="2026-01-01 08:00:00") == 1
    assert total(to_date="2026-01-01 08:00:00") == 1
    assert total(from_date="2026-01-01 08:00:01") == 2
    assert total(from_date="2020-01-01 00:00:00", to_date="2030-01-01 00:00:00") == 3
    path = f"/v1/record/{found['build_project_id']}/statistics"
    for bad in (
        {"from_date": "2026-01-01"},
        {"from_date": "2026-01-02 00:00:00", "to_date": "2026-01-01 00:00:00"},
    ):
        assert server.http.get(path, params=bad).status_code == 400


def test_the_window_of_v3_speaks_chinese(server: Server, workshop: str) -> None:
    job_id, _ = built_task(server, workshop)
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    request = ListBuildInfoRecordRequest(job_id=job_id, page_index=1, page_size=1, **window())
    result = server.sdk("alice").list_build_info_record(request).result
    assert (result.page_index, result.total_page, result.total_record) == ("1", "2", "2")
    (row,) = result.job_build_states
    assert (row.number, row.trigger_type, row.state) == (1, "手工触发", "FAILURE")
    path = f"/v3/jobs/{job_id}/build-info-records"
    start = datetime(2026, 1, 1, tzinfo=ZONE)
    bounds = {
        "start_time": f"{start:%Y-%m-%d %H:%M:%S}",
        "end_time": f"{start + timedelta(days=31, seconds=1):%Y-%m-%d %H:%M:%S}",
    }
    answer = server.http.get(path, params=bounds)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "CB.00031105")
    assert server.http.get(path).status_code == 400
    unknown = server.http.get(path.replace(job_id, new_hex()), params=window())
    assert (unknown.status_code, unknown.json()["error_code"]) == (422, "CB.00031006")


def test_the_last_history_is_that_of_a_repository(server: Server, workshop: str) -> None:
    job_id, found = built_task(server, workshop)
    sdk = server.sdk("alice")
    request = ShowLastHistoryRequest(project_id=workshop, repository_name="shop")
    with pytest.raises(ClientRequestException) as refused:
        sdk.show_last_history(request)
    assert (refused.value.status_code, refused.value.error_code) == (403, "CB.00031059")
    end_run(server.builds.database, found["build_record_id"], "SUCCESS")
    shown = sdk.show_last_history(request)
    assert (shown.job_id, shown.job_name, shown.build_number) == (job_id, "task", 1)
    assert (shown.record_id, shown.result, shown.commit_id) == (found["daily_build_num"], "SUCCESS", "c" * 40)
    assert ZONED_FORM.fullmatch(shown.start_time)
    assert ZONED_FORM.fullmatch(shown.end_time)
    path = f"/v3/jobs/{workshop}/last-history"
    body = server.http.get(path, params={"repository_name": "shop"}).json()
    assert missing("ShowLastHistoryResponse", body) == []
    for params in ({}, {"repository_name": ""}, {"repository_name": "x" * 129}):
        assert server.http.get(path, params=params).status_code == 400
    with server.caller("bob") as bob:
        answer = bob.get(path, params={"repository_name": "shop"})
        assert (answer.status_code, answer.json()["error_code"]) == (422, "CB.00031006")


def test_branches_for_a_badge(server: Server, workshop: str) -> None:
    job_id, _ = built_task(server, workshop)
    choice = {"job_id": job_id, "parameter": [{"name": "codeBranch", "value": "dev"}]}
    server.http.post("/v1/job/execute", json=choice)
    answer = server.http.get(f"/v1/job/{job_id}/badge/branches").json()
    assert answer == {"result": ["dev", "master"], "error": None, "status": "success"}


def test_the_repository_is_named_as_the_task_says(server: Server, workshop: str) -> None:
    scm = {"url": "git@git.example.com:group/shop.git", "repo_name": "The Shop"}
    job_id = new_task(server, workshop, scms=[scm])
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    end_run(server.builds.database, str(record(server, job_id, 1)["id"]), "SUCCESS")
    path = f"/v3/jobs/{workshop}/last-history"
    assert server.http.get(path, params={"repository_name": "The Shop"}).json()["build_number"] == 1
    assert server.http.get(path, params={"repository_name": "shop"}).status_code == 403
