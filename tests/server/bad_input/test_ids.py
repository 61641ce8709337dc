"""Ids that are none, or of something else, are refused in paths and bodies."""

from typing import Any

import pytest

from bottega.ids import new_hex, new_uuid
from tests.server.bad_input.desk import INVALID, NO_ID, Desk, refusal

JOB_PATHS = {
    "/v1/job/{}/config": "v1",
    "/v1/job/{}/info": "v1",
    "/v1/job/{}/running-status": "v1",
    "/v1/job/{}/status": "v1",
    "/v1/log/{}/1/real-time-log": "v1",
    "/v4/jobs/{}/1/record-info": "v1",
    "/v3/jobs/{}/query": "v3",
    "/v3/jobs/{}/status": "v3",
    "/v3/jobs/{}/history": "v3",
    "/v3/jobs/{}/1/history-details": "v3",
    "/v3/jobs/{}/1/record-info": "v3",
    "/v3/jobs/{}/1/real-time-log": "v3",
}
NOT_FOUND = {"v1": (422, "DEVCB.00031006"), "v3": (422, "CB.00031006")}


@pytest.mark.parametrize(("template", "family"), JOB_PATHS.items())
def test_an_unknown_task_does_not_exist(desk: Desk, template: str, family: str) -> None:
    assert refusal(desk.http.get(template.format(new_hex())), "does not exist") == NOT_FOUND[family]
    # A project's id looks like a task's.
    assert refusal(desk.http.get(template.format(desk.world.project_id))) == NOT_FOUND[family]


@pytest.mark.parametrize(("template", "family"), JOB_PATHS.items())
def test_what_cannot_be_a_tasks_id_is_told_so(desk: Desk, template: str, family: str) -> None:
    job_id = desk.world.job_id
    for text in (
        desk.world.record_id,
        job_id[:-1],
        f"{job_id}0",
        job_id.upper() + ("" if job_id.upper() != job_id else "A"),
        f"{job_id}%00",
        f"{job_id}%0a",
        "%20" + job_id[1:],
        "..%00",
        "%ff" * 32,
        "\u0663" * 32,
        "a" * 5000,
    ):
        assert refusal(desk.http.get(template.format(text)), "job_id") == NO_ID[family], text


def test_a_slash_in_an_id_makes_another_url(desk: Desk) -> None:
    for path in ("/v1/job/a%2Fb/config", "/v1/job//config", "/v1/job/../config", "/v1/job/"):
        assert refusal(desk.http.get(path)) == (404, "CB.00060214")


def test_records_are_found_by_their_own_id_only(desk: Desk) -> None:
    for path in ("/v1/record/{}/info", "/v1/record/{}/full-stages", "/v4/{}/download-log"):
        for unknown in (new_uuid(), desk.world.build_project_id):
            assert refusal(desk.http.get(path.format(unknown))) == NOT_FOUND["v1"]
        record_id = desk.world.record_id
        for text in (
            desk.world.job_id,
            record_id.replace("-", ""),
            record_id.upper(),
            record_id[:-1] + "%00",
            "1",
        ):
            assert refusal(desk.http.get(path.format(text)), "record_id") == INVALID
    records = "/v1/record/{}/records"
    assert refusal(desk.http.get(records.format(desk.world.record_id))) == NOT_FOUND["v1"]
    assert refusal(desk.http.get(records.format(desk.world.job_id)), "build_project_id") == INVALID


def test_projects_are_found_by_their_own_id_only(desk: Desk) -> None:
    assert refusal(desk.http.get(f"/v1/job/{new_hex()}/list")) == NOT_FOUND["v1"]
    assert refusal(desk.http.get(f"/v3/{desk.world.iam_project_id}/jobs")) == NOT_FOUND["v3"]
    assert refusal(desk.http.get("/v1/job/nonsense/list"), "project_id") == INVALID
    for text in (new_hex(), desk.world.job_id, "nonsense", "%00", "%ff", "\u00e9" * 40):
        assert refusal(desk.http.get(f"/v4/projects/{text}")) == (404, "PM.00000404")
        assert refusal(desk.http.delete(f"/v4/projects/{text}")) == (404, "PM.00000404")
        body = {"description": "x"}
        assert refusal(desk.http.put(f"/v4/projects/{text}", json=body)) == (404, "PM.00000404")


def test_stages_are_found_by_their_key_only(desk: Desk) -> None:
    path = desk.path("/v4/{record_id}/task-log")
    for key in ("stage99", "Shell", "../stage1", "stage1\0", "\u00e9" * 900):
        assert refusal(desk.http.get(path, params={"task_name": key})) == NOT_FOUND["v1"]
    assert refusal(desk.http.get(path), "task_name") == INVALID
    assert refusal(desk.http.get(path, params={"task_name": ""}), "task_name") == INVALID
    assert refusal(desk.http.get(path, params={"task_name": "a" * 1001}), "task_name") == INVALID
    assert refusal(desk.http.get(f"{path}?task_name=stage1&log_level=TRACE"), "log_level") == INVALID


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "one", "1e3", "%00", "\u0661", "2147483648", "9" * 400])
def test_what_cannot_be_a_build_number_is_refused(desk: Desk, number: str) -> None:
    for template in (
        "/v4/jobs/{job_id}/NUMBER/record-info",
        "/v3/jobs/{job_id}/NUMBER/record-info",
        "/v3/jobs/{job_id}/NUMBER/history-details",
        "/v1/log/{job_id}/NUMBER/real-time-log",
        "/v3/jobs/{job_id}/NUMBER/real-time-log",
        "/v1/job/{job_id}/status?build_no=NUMBER",
    ):
        path = desk.path(template).replace("NUMBER", number)
        assert refusal(desk.http.get(path), "build_n") == INVALID, path
    path = desk.path("/v3/jobs/{job_id}/NUMBER/stop").replace("NUMBER", number)
    assert refusal(desk.http.post(path), "build_no") == INVALID


@pytest.mark.parametrize("number", [0, -1, 1.5, True, [], {}, "", "x", 2**31, 10**400])
def test_what_cannot_be_a_build_number_is_refused_in_bodies(desk: Desk, number: Any) -> None:
    body = {"job_id": desk.world.job_id, "build_no": number}
    assert refusal(desk.http.post("/v3/jobs/stop", json=body), "build_no") == INVALID
    if number not in ("",):
        path = desk.path("/v1/job/{job_id}/stop")
        assert refusal(desk.http.post(path, json={"build_no": number}), "build_no") == INVALID


def test_a_build_that_never_was_does_not_exist(desk: Desk) -> None:
    assert refusal(desk.http.get(desk.path("/v4/jobs/{job_id}/99/record-info"))) == NOT_FOUND["v1"]
    assert refusal(desk.http.get(desk.path("/v3/jobs/{job_id}/99/record-info"))) == NOT_FOUND["v3"]
    assert refusal(desk.http.post(desk.path("/v1/job/{job_id}/stop?build_no=99"))) == NOT_FOUND["v1"]
    assert refusal(desk.http.post(desk.path("/v3/jobs/{job_id}/99/stop"))) == NOT_FOUND["v3"]


def test_ids_in_bodies_are_checked_like_those_in_paths(desk: Desk) -> None:
    for path, family in (("/v1/job/execute", "v1"), ("/v3/jobs/build", "v3")):
        assert refusal(desk.http.post(path, json={"job_id": new_hex()})) == NOT_FOUND[family]
        answer = desk.http.post(path, json={"job_id": desk.world.record_id})
        assert refusal(answer, "job_id") == NO_ID[family]
    assert refusal(desk.create(project_id=new_hex())) == NOT_FOUND["v1"]
    assert refusal(desk.create(project_id="x"), "project_id") == INVALID
    assert refusal(desk.update(job_id=new_hex())) == NOT_FOUND["v3"]
    assert refusal(desk.update(job_id="x"), "job_id") == NO_ID["v3"]
    assert refusal(desk.update(project_id=new_hex()), "project_id") == INVALID
    assert refusal(desk.create(group_id="x"), "group_id") == INVALID
