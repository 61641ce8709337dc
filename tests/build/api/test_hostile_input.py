"""What no client sends by accident must be refused, never answered with an internal error."""

import json
from typing import Any

import pytest

from tests.build.api.test_runs import new_task
from tests.build.harness import Server, parameter, shell_step, task_body

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("path", ["/v1/job/create", "/v1/job/execute", "/v3/jobs/stop"])
def test_a_bottomless_body_is_refused(server: Server, path: str) -> None:
    for opening in ("[", '{"a":'):
        answer = server.http.post(path, content=opening * 100_000, headers=JSON)
        assert answer.status_code == 400


def test_deep_properties_are_refused(server: Server, workshop: str) -> None:
    deep: Any = "x"
    for _ in range(400):
        deep = [deep]
    body = task_body(workshop, steps=[shell_step(properties={"a": deep})])
    answer = server.http.post("/v1/job/create", json=body)
    assert answer.status_code == 400
    assert "steps[0]" in answer.json()["error_msg"]


@pytest.mark.parametrize("text", ["\\ud800", "\\u0000", "\\udfff x"])
def test_text_that_is_no_text_is_refused(server: Server, workshop: str, text: str) -> None:
    job_id = new_task(server, workshop, parameters=[parameter("v", "1")])
    bodies = {
        "/v1/job/create": task_body(workshop, "a", steps=[shell_step("TEXT")]),
        "/v1/job/execute": {"job_id": job_id, "parameter": [{"name": "v", "value": "TEXT"}]},
    }
    for path, body in bodies.items():
        content = json.dumps(body).replace("TEXT", text)
        assert server.http.post(path, content=content, headers=JSON).status_code == 400, path


def test_nul_characters_in_filters_are_refused(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    config = server.http.get(f"/v1/job/{job_id}/config").json()["result"]
    records = f"/v1/record/{config['build_project_id']}/records"
    for path in (
        "/v1/job/list?search=%00",
        "/v1/job/list?creator_id=%00",
        f"/v1/job/{workshop}/list?by_group=true&group_path_id=%00",
        f"{records}?branches=%00",
        f"{records}?tags=a&tags=%00",
        f"{records}?triggers=%00",
    ):
        assert server.http.get(path).status_code == 400, path


def test_huge_numbers_are_refused(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    huge = "9" * 40
    for path in (
        f"/v1/job/list?page_index={huge}",
        f"/v1/job/list?page_size={huge}",
        f"/v4/jobs/{job_id}/{huge}/record-info",
        f"/v1/log/{job_id}/1/real-time-log?size=1000&start_offset={huge}",
        f"/v3/jobs/{job_id}/history?interval={huge}",
        f"/v3/jobs/{job_id}/history?offset={huge}",
    ):
        assert server.http.get(path).status_code == 400, path
    assert server.http.post(f"/v1/job/{job_id}/stop", json={"build_no": int(huge)}).status_code == 400
