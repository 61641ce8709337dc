"""Bodies that are no JSON, too large or of the wrong types are refused with the field."""

import json
from typing import Any

import pytest

from tests.build.harness import shell_step, task_body
from tests.server.bad_input.desk import BODY_LIMIT, INVALID, JSON, Desk, refusal

BODIES = [
    "/v1/job/create",
    "/v1/job/update",
    "/v1/job/execute",
    "/v3/jobs/create",
    "/v3/jobs/build",
    "/v3/jobs/stop",
]


@pytest.mark.parametrize("path", [*BODIES, "/v4/project", "/v3/auth/tokens"])
def test_a_body_that_is_no_json_object_is_refused(desk: Desk, path: str) -> None:
    for content in (
        b"",
        b"{",
        b'{"job_id": }',
        b"null",
        b"[]",
        b'"text"',
        b"17",
        b"NaN",
        b"{} {}",
        b"{'job_id': 'x'}",
        b'{"job_id": "\xff\xfe"}',
        b'{"job_id": "\\ud800"}',
        b"\xff\xfe{\x00}\x00",
        b"\x00",
        b"[" * 100_000,
        b'{"a":' * 30_000,
    ):
        answer = desk.http.post(path, content=content, headers=JSON)
        code = {"/v4/project": "PM.00000001", "/v3/auth/tokens": "IAM.0400"}.get(path, "CB.00060200")
        assert refusal(answer) == (400, code), content[:40]


def test_a_body_of_the_wrong_kind_is_refused(desk: Desk) -> None:
    body = json.dumps({"job_id": desk.world.job_id}).encode()
    for kind in (
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/msgpack",
        "nonsense",
    ):
        answer = desk.http.post("/v1/job/execute", content=b"a=b&c" + body, headers={"Content-Type": kind})
        assert refusal(answer) == INVALID


@pytest.mark.parametrize("path", [*BODIES, "/v4/project"])
def test_a_body_that_is_too_large_is_refused_unread(desk: Desk, path: str) -> None:
    content = b'{"a": "' + b"x" * BODY_LIMIT + b'"}'
    assert refusal(desk.http.post(path, content=content, headers=JSON)) == (413, "APIGW.0201")
    chunks = (content[start : start + 50_000] for start in range(0, len(content), 50_000))
    assert refusal(desk.http.post(path, content=chunks, headers=JSON)) == (413, "APIGW.0201")


WRONG_TYPES: list[dict[str, Any]] = [
    {"arch": 5},
    {"arch": None},
    {"job_name": ["a"]},
    {"job_name": None},
    {"project_id": 5},
    {"steps": "make"},
    {"steps": {}},
    {"steps": [None]},
    {"steps": [[]]},
    {"steps": [shell_step(module_id=1)]},
    {"steps": [shell_step(properties=[])]},
    {"steps": [shell_step(enable="perhaps")]},
    {"parameters": {}},
    {"parameters": [{"params": [{"name": 1}]}]},
    {"parameters": [{"params": [{"name": "name", "value": {}}]}]},
    {"scms": "git@host:group/repository.git"},
    {"scms": [{"branch": "master"}]},
    {"scms": [{"url": None}]},
    {"timeout": 5},
    {"timeout": {"limit": []}},
    {"triggers": [{"name": "hudson.triggers.TimerTrigger"}]},
    {"build_if_code_updated": 7},
    {"cluster_selected": "default"},
]


@pytest.mark.parametrize("changes", WRONG_TYPES, ids=lambda changes: json.dumps(changes)[:60])
def test_a_field_of_the_wrong_type_is_named(desk: Desk, changes: dict[str, Any]) -> None:
    (field,) = changes
    assert refusal(desk.create(**changes), field) == INVALID
    assert refusal(desk.update(**changes), field) == INVALID


def test_missing_fields_are_named(desk: Desk) -> None:
    for field in ("arch", "project_id", "job_name", "steps"):
        body = task_body(desk.world.project_id, "new")
        del body[field]
        assert refusal(desk.http.post("/v1/job/create", json=body), field) == INVALID
    assert refusal(desk.http.post("/v1/job/execute", json={}), "job_id") == INVALID
    assert refusal(desk.http.post("/v3/jobs/stop", json={"job_id": desk.world.job_id}), "build_no") == INVALID
