"""Unknown URLs, wrong methods, and names that no project or account may have."""

from typing import Any

import pytest

from bottega.ids import new_hex
from tests.server.bad_input.desk import NUL, PM_INVALID, Desk, refusal


@pytest.mark.parametrize(
    "path", ["/v1/nowhere", "/nowhere", "/v1", "/v3/jobs", "/v5/job/list", "/%00", "/%ff", "/v1/job/list/x"]
)
def test_an_unknown_url_is_told_in_json(desk: Desk, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        assert refusal(desk.http.request(method, path)) == (404, "CB.00060214")


def test_a_wrong_method_is_told_with_the_right_ones(desk: Desk) -> None:
    for method, path, right in (
        ("GET", "/v1/job/create", "POST"),
        ("PUT", "/v1/job/list", "GET"),
        ("PATCH", desk.path("/v4/projects/{project_id}"), "PUT"),
        ("DELETE", "/v3/jobs/build", "POST"),
        ("PUT", "/v3/auth/tokens", "POST"),
    ):
        answer = desk.http.request(method, path)
        assert answer.status_code == 405
        assert refusal(answer)[1] in {"CB.00060214", "IAM.0405"}
        assert right in answer.headers["allow"]


# Projects and tokens


@pytest.mark.parametrize("name", ["", "  ", "n" * 129, "a\0", "a\nb", "\u202e", None, 5, []], ids=ascii)
def test_a_name_that_no_project_may_have_is_refused(desk: Desk, name: Any) -> None:
    assert refusal(desk.http.post("/v4/project", json={"project_name": name}), "project_name") == PM_INVALID
    assert (
        refusal(desk.http.post("/v4/projects/check-name", json={"project_name": name}), "project_name")
        == PM_INVALID
    )
    if name is not None:
        path = desk.path("/v4/projects/{project_id}")
        assert refusal(desk.http.put(path, json={"project_name": name}), "project_name") == PM_INVALID


def test_other_fields_of_projects_are_checked(desk: Desk) -> None:
    for field, value in (
        ("description", "d" * 5001),
        ("description", "\0"),
        ("description", 5),
        ("project_type", "waterfall"),
        ("source", "s" * 65),
        ("enterprise_id", "\0"),
        ("template_id", "x"),
    ):
        body = {"project_name": f"new {new_hex()}", field: value}
        assert refusal(desk.http.post("/v4/project", json=body), field) == PM_INVALID, field
    for query in (
        "sort=name",
        "sort=name:up",
        "archive=perhaps",
        "query_type=all",
        "search=%00",
        "project_type=%00",
    ):
        assert refusal(desk.http.get(f"/v4/projects?{query}"), query.partition("=")[0]) == PM_INVALID, query


def test_nonsense_about_who_is_asking_gets_no_token(desk: Desk) -> None:
    user = {"name": "admin", "password": "nonsense", "domain": {"name": "nowhere"}}
    for changes in (
        {"name": NUL},
        {"id": NUL},
        {"domain": {"name": NUL}},
        {"domain": {"id": NUL}},
        {"password": NUL},
        {"name": "n" * 50_000},
        {"password": "p" * 50_000},
    ):
        identity = {"methods": ["password"], "password": {"user": {**user, **changes}}}
        answer = desk.app.stranger.post("/v3/auth/tokens", json={"auth": {"identity": identity}})
        status, code = refusal(answer)
        assert (status, code) in {(401, "IAM.0401"), (400, "IAM.0400")}, changes
    identity = {"methods": ["token"], "token": {"id": desk.world.token}}
    for scope in (
        {"project": {"name": NUL}},
        {"project": {"id": NUL}},
        {"domain": {"id": NUL}},
        {"project": {"id": "i" * 50_000}},
    ):
        body = {"auth": {"identity": identity, "scope": scope}}
        status, code = refusal(desk.app.stranger.post("/v3/auth/tokens", json=body))
        assert (status, code) in {(401, "IAM.0401"), (400, "IAM.0400")}, scope
