"""Statistics through the official SDK, in the shapes of both generations."""

from datetime import datetime
from typing import Any

import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    ListRepoBranchRequest,
    ListRepositoryRequest,
    ShowJobBuildSuccessRatioRequest,
    ShowJobBuildTimeRequest,
    ShowJobSuccessRatioRequest,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from bottega.clock import epoch_ms
from tests.build.harness import Server
from tests.build.statistics.histories import past_runs, past_task

DAY_MS = 24 * 3_600_000


def finished(now: int, state: str, seconds: float, **more: Any) -> dict[str, Any]:
    times = {"created_at": now, "started_at": now, "finished_at": now + int(seconds * 1000)}
    return {"state": state, "repository": "shop", "branch": "main", **times, **more}


@pytest.fixture
def now() -> int:
    """When the builds were asked for; by the time of the test it may be the day before."""
    return epoch_ms()


@pytest.fixture
def job_id(server: Server, workshop: str, now: int) -> str:
    """Two successes and a failure on main, a success of a tag, one stopped, one running, and one of long ago."""
    task_id = past_task(server.builds, server.callers["alice"], workshop)
    past_runs(
        server.builds.database,
        server.callers["alice"],
        task_id,
        [
            finished(now, "SUCCESS", 9, created_at=now - 40 * DAY_MS, branch="old"),
            finished(now, "SUCCESS", 1.5),
            finished(now, "LOST", 1.4),
            finished(now, "SUCCESS", 20),
            finished(now, "SUCCESS", 3, branch="", tag="v1"),
            finished(now, "ABORTED", 100, branch="stopped"),
            finished(now, "RUNNING", 0, finished_at=None),
            finished(now, "SUCCESS", 7, repository="mill"),
        ],
    )
    return task_id


def test_ratios_by_day_and_over_all(server: Server, job_id: str, now: int) -> None:
    sdk = server.sdk("alice")
    request = ShowJobBuildSuccessRatioRequest(job_id=job_id, repository_name="shop", interval=3)
    answer = sdk.show_job_build_success_ratio(request)
    result = answer.result
    day = f"{datetime.fromtimestamp(now / 1000, server.builds.zone):%Y/%m/%d}"
    assert (answer.status, result.job_id, result.branch) == ("success", job_id, "all")
    assert (result.total_success_count, result.total_count) == (3, 4)
    assert result.total_success_ratio_fraction == "3/4"
    by_day = {one.date: one.success_ratio for one in result.every_day_report}
    assert sorted(by_day) == list(by_day)
    assert (by_day.pop(day), list(by_day.values())) == (75, [None, None])
    request.branch = "main"
    result = sdk.show_job_build_success_ratio(request).result
    assert (result.branch, result.total_success_ratio_fraction) == ("main", "2/3")
    assert {one.success_ratio for one in result.every_day_report} == {67, None}
    request.branch = "nobody"
    result = sdk.show_job_build_success_ratio(request).result
    assert (result.total_count, result.total_success_ratio_fraction) == (0, "0/0")
    body = server.http.get(
        "/v1/report/ratio", params={"job_id": job_id, "repository_name": "shop", "interval": 1}
    ).json()
    assert set(body) == {"result", "status"}


def test_times_of_builds(server: Server, job_id: str) -> None:
    sdk = server.sdk("alice")
    request = ShowJobBuildTimeRequest(job_id=job_id, repository_name="shop", interval=30, branch="main")
    result = sdk.show_job_build_time(request).result
    assert (result.avg_build_time, result.max_build_time, result.min_build_time) == (7.67, 20, 1)
    assert [(one.build_number, one.build_time, one.build_result) for one in result.chart] == [
        (2, 2, "SUCCESS"),
        (3, 1, "FAILURE"),
        (4, 20, "SUCCESS"),
    ]
    assert result.chart[0].daily_build_number == "20260101.2"
    request.repository_name = "nothing"
    result = sdk.show_job_build_time(request).result
    assert (result.avg_build_time, result.max_build_time, result.min_build_time) == (0, 0, 0)
    assert result.chart == []


def test_repositories_and_branches_of_all_times(server: Server, workshop: str, job_id: str) -> None:
    sdk = server.sdk("alice")
    result = sdk.list_repository(ListRepositoryRequest(job_id=job_id)).result
    assert (result.latest, result.repositories) == ("mill", ["mill", "shop"])
    request = ListRepoBranchRequest(job_id=job_id, repository_name="shop")
    assert sdk.list_repo_branch(request).result == ["main", "old", "stopped"]
    fresh = past_task(server.builds, server.callers["alice"], workshop)
    result = sdk.list_repository(ListRepositoryRequest(job_id=fresh)).result
    assert (result.latest, result.repositories) == (None, [])


def test_v3_says_the_same_as_v1(server: Server, job_id: str, now: int) -> None:
    day = f"{datetime.fromtimestamp(now / 1000, server.builds.zone):%Y-%m-%d}"
    sdk = server.sdk("alice")
    request = ShowJobSuccessRatioRequest(job_id=job_id, start_time=day, end_time=day)
    result = sdk.show_job_success_ratio(request)
    assert (result.success_count, result.total_count, result.success_ratio) == (4, 5, 0.8)
    request = ShowJobSuccessRatioRequest(job_id=job_id, start_time="1999-01-01", end_time="1999-01-31")
    result = sdk.show_job_success_ratio(request)
    assert (result.success_count, result.total_count, result.success_ratio) == (0, 0, 0.0)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"start_time": "2026-01-01", "end_time": "2026-02-01"}, "CB.00031105"),
        ({"start_time": "2026-01-02", "end_time": "2026-01-01"}, "CB.00060200"),
        ({"start_time": "2026-02-30", "end_time": "2026-03-01"}, "CB.00060200"),
        ({"start_time": "2026-01-01"}, "CB.00060200"),
    ],
)
def test_periods_that_cannot_be_are_refused(
    server: Server, job_id: str, query: dict[str, str], code: str
) -> None:
    answer = server.http.get(f"/v3/jobs/{job_id}/success-ratio", params=query)
    assert (answer.status_code, answer.json()["error_code"]) == (400, code)


def test_refusals_have_the_codes_of_their_family(server: Server, job_id: str) -> None:
    good = {"job_id": job_id, "repository_name": "shop", "interval": "7"}
    for change in ({"interval": "31"}, {"interval": "0"}, {"repository_name": ""}, {"branch": "b" * 201}):
        answer = server.http.get("/v1/report/time", params={**good, **change})
        assert (answer.status_code, answer.json()["error_code"]) == (400, "CB.00060200")
        assert answer.json()["error_msg"].startswith(f"{next(iter(change))}: ")
    answer = server.http.get("/v1/report/ratio", params={**good, "job_id": "x"})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "DEV.CB.032011")
    bob = server.sdk("bob")
    for request in (
        ShowJobBuildSuccessRatioRequest(job_id=job_id, repository_name="shop", interval=3),
        ShowJobBuildSuccessRatioRequest(job_id="0" * 32, repository_name="shop", interval=3),
    ):
        with pytest.raises(ClientRequestException) as refused:
            bob.show_job_build_success_ratio(request)
        assert (refused.value.status_code, refused.value.error_code) == (422, "DEVCB.00031006")
    with pytest.raises(ClientRequestException) as refused:
        bob.show_job_success_ratio(
            ShowJobSuccessRatioRequest(job_id=job_id, start_time="2026-01-01", end_time="2026-01-01")
        )
    assert (refused.value.status_code, refused.value.error_code) == (422, "CB.00031006")
