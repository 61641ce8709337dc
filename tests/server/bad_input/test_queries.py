"""Numbers, words and windows of queries that mean nothing are refused."""

import pytest

from tests.server.bad_input.desk import INVALID, PM_INVALID, Desk, refusal

NUMBERS = [
    ("/v1/job/list", "page_index", ["-1", "1000000000", "9" * 400, "1.5", "one", "%00", "0x10", "\u0661"]),
    ("/v1/job/list", "page_size", ["0", "-1", "101", "9" * 400, "ten"]),
    ("/v1/job/{project_id}/list", "page_index", ["-1", "x"]),
    ("/v1/job/{project_id}/list", "page_size", ["0", "101"]),
    ("/v3/{project_id}/jobs", "page_index", ["-1", "1000000000"]),
    ("/v3/{project_id}/jobs", "page_size", ["0", "101"]),
    ("/v1/record/{build_project_id}/records", "page", ["-1", "x"]),
    ("/v1/record/{build_project_id}/records", "limit", ["0", "101", "-5"]),
    ("/v3/jobs/{job_id}/history", "offset", ["-1", "9" * 30]),
    ("/v3/jobs/{job_id}/history", "limit", ["0", "101"]),
    ("/v3/jobs/{job_id}/history", "interval", ["-1", "31", "9" * 30]),
    ("/v1/log/{job_id}/1/real-time-log", "start_offset", ["-1", "9007199254740993", "x"]),
    ("/v1/log/{job_id}/1/real-time-log", "end_offset", ["-1", "9" * 30]),
    ("/v1/log/{job_id}/1/real-time-log", "size", ["0", "10001", "x"]),
    ("/v3/jobs/{job_id}/1/real-time-log", "offset", ["-1", "9" * 30]),
    ("/v3/jobs/{job_id}/1/real-time-log", "length", ["0", "10000001", "-7"]),
]


@pytest.mark.parametrize(("path", "name", "values"), NUMBERS, ids=[f"{p} {n}" for p, n, _ in NUMBERS])
def test_numbers_out_of_bounds_are_refused(desk: Desk, path: str, name: str, values: list[str]) -> None:
    for value in values:
        answer = desk.http.get(f"{desk.path(path)}?{name}={value}")
        assert refusal(answer, name) == INVALID, value


def test_numbers_out_of_bounds_are_refused_for_projects(desk: Desk) -> None:
    for query in ("offset=-1", "limit=0", "limit=1001", "limit=-1", "offset=x"):
        answer = desk.http.get(f"/v4/projects?{query}")
        assert refusal(answer, query.partition("=")[0]) == PM_INVALID
    assert refusal(desk.http.get(f"/v4/projects?offset={'9' * 30}"), "offset") == PM_INVALID


WORDS = [
    ("/v1/job/list", "sort_field", "nonsense"),
    ("/v1/job/list", "sort_order", "UP"),
    ("/v1/job/list", "build_status", "purple"),
    ("/v1/job/list", "build_status", "p" * 10_000),
    ("/v1/job/list", "search", "%00"),
    ("/v1/job/list", "creator_id", "%00"),
    ("/v1/job/{project_id}/list", "by_group", "perhaps"),
    ("/v1/record/{build_project_id}/records", "from_date", "yesterday"),
    ("/v1/record/{build_project_id}/records", "to_date", "2024-13-01 00:00:00"),
    ("/v1/record/{build_project_id}/records", "triggers", "%00"),
    ("/v1/record/{build_project_id}/records", "branches", "%00"),
    ("/v1/record/{build_project_id}/records", "tags", "%00"),
    ("/v1/record/{record_id}/full-stages", "cascade", "perhaps"),
    ("/v1/log/{job_id}/1/real-time-log", "sort", "sideways"),
    ("/v4/{record_id}/download-log", "log_level", "SHOUT"),
]


@pytest.mark.parametrize(("path", "name", "value"), WORDS, ids=[f"{p} {n}={v[:20]}" for p, n, v in WORDS])
def test_words_that_mean_nothing_are_refused(desk: Desk, path: str, name: str, value: str) -> None:
    assert refusal(desk.http.get(f"{desk.path(path)}?{name}={value}"), name) == INVALID


def test_filters_that_nothing_can_match_find_nothing(desk: Desk) -> None:
    for query in (
        "search=%ff",
        "search=%25",
        "search=%27%20OR%201=1",
        "creator_id=nobody",
        f"search={'x' * 5000}",
    ):
        found = desk.http.get(f"/v1/job/list?{query}")
        assert (found.status_code, found.json()["result"]["total"]) == (200, 0), query
    for query in ("search=%ff", f"search={'x' * 5000}", "project_type=nonsense"):
        found = desk.http.get(f"/v4/projects?{query}")
        assert (found.status_code, found.json()["total"]) == (200, 0), query


def test_of_a_parameter_given_twice_the_last_one_counts_unless_it_is_a_list(desk: Desk) -> None:
    for template, name, value in (
        ("/v1/job/list", "page_size", "10"),
        ("/v1/job/list", "build_status", "none"),
        ("/v3/jobs/{job_id}/history", "interval", "7"),
    ):
        path = desk.path(template)
        assert desk.http.get(f"{path}?{name}=nonsense&{name}={value}").status_code == 200, path
        assert refusal(desk.http.get(f"{path}?{name}={value}&{name}=nonsense"), name) == INVALID, path
    several = desk.path("/v1/record/{build_project_id}/records?branches=a&branches=b")
    assert desk.http.get(several).status_code == 200


WINDOWS = [
    ("2024-01-01 00:00:00", "2024-03-01 00:00:00", "CB.00031105"),
    ("2024-02-01 00:00:00", "2024-01-01 00:00:00", "CB.00060200"),
    ("2024-02-30 00:00:00", "2024-03-01 00:00:00", "CB.00060200"),
    ("0001-01-01 00:00:00", "0001-01-02 00:00:00", "CB.00060200"),
    ("9999-12-31 23:59:59", "9999-12-31 23:59:59", "CB.00060200"),
    ("2024-01-01T00:00:00", "2024-01-02T00:00:00", "CB.00060200"),
    ("2024-01-01", "2024-01-02", "CB.00060200"),
    ("\u0662024-01-01 00:00:00", "2024-01-02 00:00:00", "CB.00060200"),
    ("2024-01-01 00:00:00\0", "2024-01-02 00:00:00", "CB.00060200"),
    ("", "", "CB.00060200"),
]


@pytest.mark.parametrize(("start", "end", "code"), WINDOWS, ids=[ascii(start) for start, _, _ in WINDOWS])
def test_a_window_that_is_none_is_refused(desk: Desk, start: str, end: str, code: str) -> None:
    window = {"start_time": start, "end_time": end}
    assert refusal(desk.http.get(desk.path("/v1/record/{job_id}/list"), params=window), "_time") == (
        400,
        code,
    )


def test_a_period_of_days_that_is_none_is_refused(desk: Desk) -> None:
    path = desk.path("/v3/jobs/{job_id}/period-history")
    for start, end, code in (
        ("2024-01-01", "2024-03-01", "CB.00031105"),
        ("2024-01-02", "2024-01-01", "CB.00060200"),
        ("2024-1-1", "2024-01-02", "CB.00060200"),
        ("2024-02-30", "2024-03-01", "CB.00060200"),
        ("9999-12-31", "9999-12-31", "CB.00060200"),
    ):
        window = {"start_time": start, "end_time": end}
        assert refusal(desk.http.get(path, params=window), "_time") == (400, code), start
    assert refusal(desk.http.get(path), "start_time", "end_time") == INVALID
