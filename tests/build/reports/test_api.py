"""Reports of builds through the official SDK."""

import io
import zipfile
from typing import Any

import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    DownloadJunitCoverageZipRequest,
    ListJunitCoverageSummaryRequest,
    ShowReportSummaryRequest,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from bottega.build.reports import junit
from bottega.build.reports.figures import Counter, Coverage
from tests.build.harness import Server
from tests.build.statistics.histories import past_runs, past_task

REPORT = b"""<testsuite>
  <testcase time="0.25"/><testcase time="0.131"/><testcase/><testcase/><testcase><failure/></testcase>
</testsuite>"""
SPEC = {"steps": [{"key": "stage1"}, {"key": "stage2"}]}


def page() -> bytes:
    """A coverage report for people, larger than what is read at once."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        # With a time of its own, so that every call gives the same bytes.
        archive.writestr(zipfile.ZipInfo("index.html"), "<p>covered</p>" * 100_000)
    return packed.getvalue()


@pytest.fixture
def job_id(server: Server, workshop: str) -> str:
    """Build 1 has reported nothing, build 2 tests in two stages and coverage in one."""
    alice = server.callers["alice"]
    task_id = past_task(server.builds, alice, workshop)
    _, second = past_runs(server.builds.database, alice, task_id, [{"spec": SPEC}] * 2)
    reports = server.services.reports
    reports.store_tests(alice, second, "stage2", junit.read(REPORT))
    reports.store_tests(alice, second, "stage1", junit.read(b"<testsuites><testcase/></testsuites>"))
    covered = Coverage(lines=Counter(covered=2, total=3), branches=Counter(covered=0, total=0))
    reports.store_coverage(alice, second, "stage2", covered, iter([page()]))
    reports.store_coverage(alice, second, "stage1", Coverage(lines=Counter(covered=0, total=1)))
    return task_id


def test_tests_are_summed_up_by_stage_and_over_all(server: Server, job_id: str) -> None:
    sdk = server.sdk("alice")
    result = sdk.show_report_summary(ShowReportSummaryRequest(job_id=job_id, build_no=2)).result
    whole, (first, second) = result.summary, result.sub_summarys
    assert (whole.job_id, whole.build_no, whole.stage_name, whole.root_id) == (job_id, 2, None, None)
    assert (whole.total, whole.success, whole.failures, whole.errors, whole.others) == (6, 5, 1, 0, 0)
    assert (whole.is_success, whole.region, whole.execution_time) == (False, "cn-north-4", 381)
    assert whole.genrate_time == max(first.genrate_time, second.genrate_time)
    assert (first.stage_name, first.total, first.is_success) == ("stage1", 1, True)
    assert (second.stage_name, second.total, second.is_success) == ("stage2", 5, False)
    body = server.http.get(f"/v1/report/{job_id}/summary", params={"build_no": 2}).json()
    assert body["result"]["sub_summarys"][1]["success_density"] == 0.8


def test_a_build_without_tests_has_a_summary_of_nothing(server: Server, job_id: str) -> None:
    sdk = server.sdk("alice")
    result = sdk.show_report_summary(ShowReportSummaryRequest(job_id=job_id, build_no=1)).result
    assert (result.summary.total, result.summary.is_success, result.summary.genrate_time) == (0, None, None)
    assert result.sub_summarys == []
    request = ListJunitCoverageSummaryRequest(job_id=job_id, build_no=1)
    assert sdk.list_junit_coverage_summary(request).result.unit_summary_list == []
    metrics = server.http.get(f"/v1/report/{job_id}/1/coverage/metrics").json()["result"]
    assert metrics["stages"] == []
    assert set(metrics["summary"].values()) == {None}


def test_a_coverage_report_is_listed_and_downloaded(server: Server, job_id: str) -> None:
    sdk = server.sdk("alice")
    request = ListJunitCoverageSummaryRequest(job_id=job_id, build_no=2)
    (listed,) = sdk.list_junit_coverage_summary(request).result.unit_summary_list
    assert (listed.job_id, listed.build_no, listed.stage_name, listed.region) == (
        job_id,
        2,
        "stage2",
        "cn-north-4",
    )
    parts: list[bytes] = []
    response = sdk.download_junit_coverage_zip(
        DownloadJunitCoverageZipRequest(job_id=job_id, build_no=2, root_id=listed.root_id)
    )
    response.consume_download_stream(lambda stream: parts.extend(stream.iter_content(65536)))
    assert b"".join(parts) == page()
    query = {"job_id": job_id, "build_no": 2, "root_id": listed.root_id}
    answer = server.http.get("/v1/report/junit/coverage/download", params=query)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith('attachment; filename="2-coverage.zip"')
    assert answer.content == page()


def test_what_was_covered_by_stage_and_over_all(server: Server, job_id: str) -> None:
    path = f"/v1/report/{job_id}/2/coverage/metrics"
    result = server.http.get(path).json()["result"]
    assert result["summary"]["lines"] == {"covered": 2, "total": 4, "ratio": 50.0}
    assert result["summary"]["branches"] == {"covered": 0, "total": 0, "ratio": None}
    assert result["summary"]["classes"] is None
    assert [one["stage_name"] for one in result["stages"]] == ["stage1", "stage2"]
    second = result["stages"][1]
    assert second["lines"]["ratio"] == 66.67
    one = server.http.get(path, params={"root_id": second["root_id"]}).json()["result"]
    assert (one["stages"], one["summary"]["lines"]["total"]) == ([second], 3)
    assert server.http.get(path, params={"root_id": "nothing"}).status_code == 422


def test_refusals(server: Server, job_id: str) -> None:
    def code(path: str, query: dict[str, Any]) -> tuple[int, str]:
        answer = server.http.get(path, params=query)
        return answer.status_code, answer.json()["error_code"]

    download, good = "/v1/report/junit/coverage/download", {"job_id": job_id, "build_no": 2, "root_id": "a"}
    assert code(download, good) == (422, "DEVCB.00031006")
    assert code(download, {**good, "root_id": "../a"}) == (400, "CB.00060200")
    assert code(download, {**good, "build_no": "0"}) == (400, "CB.00060200")
    assert code(download, {**good, "job_id": "nonsense"}) == (400, "DEV.CB.032011")
    assert code(f"/v1/report/{job_id}/summary", {"build_no": 3}) == (422, "DEVCB.00031006")
    assert code(f"/v1/report/{job_id}/summary", {}) == (400, "CB.00060200")
    with pytest.raises(ClientRequestException) as refused:
        server.sdk("bob").show_report_summary(ShowReportSummaryRequest(job_id=job_id, build_no=2))
    assert (refused.value.status_code, refused.value.error_code) == (422, "DEVCB.00031006")
