from collections.abc import Callable
from typing import Any

import httpx
import pytest
from huaweicloudsdkcodeartscheck.v2 import (
    ShowTaskCmetricsRequest,
    ShowTaskDefectsRequest,
    ShowTaskDefectsStatisticRequest,
    ShowTaskDetailRequest,
    UpdateDefectRequestBody,
    UpdateDefectStatusRequest,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from bottega.check.findings import Event, Fix
from tests.build.harness import Server
from tests.check.making import Scans, finding, new_scan, new_task, result

NOBODY = "0" * 32


@pytest.fixture
def task_id(server: Server, workshop: str) -> str:
    return new_task(server.services.database, server.callers["alice"], workshop)


@pytest.fixture
def scans(server: Server, task_id: str) -> Scans:
    scans = Scans(server.services.database, task_id)
    scans(
        result(
            [
                finding(line=1, severity=3),
                finding(line=2, severity=0, rule="demo:two", author="grace"),
                finding("web/b.js", line=3, severity=1, language="JAVASCRIPT"),
            ]
        )
    )
    return scans


def listed(http: httpx.Client, task_id: str, **more: Any) -> dict[str, Any]:
    answer = http.post("/v1/defect/issue-list-by-filter", json={"taskId": task_id, **more})
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "success"
    return answer.json()["result"]


def test_the_sdk_lists_counts_and_changes_issues(
    server: Server, task_id: str, scans: Scans, sdk: Callable[[str], Any]
) -> None:
    client = sdk("alice")
    found = client.show_task_defects(ShowTaskDefectsRequest(task_id=task_id, limit=2))
    assert found.total == 3
    assert [one.defect_level for one in found.defects] == ["0", "1"]
    worst = found.defects[0]
    assert (worst.file_path, worst.line_number, worst.defect_status) == ("src/a.py", "2", "0")
    assert worst.defect_content == "demo:two is broken"
    assert worst.fragment[0].line_content == "statement_number(2)"
    assert worst.events[0].main
    rest = client.show_task_defects(ShowTaskDefectsRequest(task_id=task_id, offset=2, severity="3,1"))
    assert (rest.total, rest.defects) == (2, [])

    body = UpdateDefectRequestBody(
        defect_id=f"{worst.defect_id}, {found.defects[1].issue_key}", defect_status="2"
    )
    client.update_defect_status(UpdateDefectStatusRequest(task_id=task_id, body=body))
    counted = client.show_task_defects_statistic(ShowTaskDefectsStatisticRequest(task_id=task_id))
    assert (counted.severity.critical, counted.severity.major, counted.severity.suggestion) == (0, 0, 1)
    assert (counted.status.unresolved, counted.status.resolved, counted.status.dismissed) == (1, 0, 2)
    ignored = client.show_task_defects(ShowTaskDefectsRequest(task_id=task_id, status_ids="2"))
    assert {one.defect_status for one in ignored.defects} == {"2"}


def test_the_sdk_shows_what_a_check_came_to(task_id: str, scans: Scans, sdk: Callable[[str], Any]) -> None:
    shown = sdk("alice").show_task_detail(ShowTaskDetailRequest(task_id=task_id))
    assert (shown.task_id, shown.git_branch, shown.issue_count) == (task_id, "main", 3)
    assert (shown.critical_count, shown.major_count, shown.suggestion_count) == ("1", "1", "1")
    assert (shown.code_line_total, shown.code_line, shown.comment_ratio) == (20, 16, "20.0%")
    assert (shown.risk_coefficient, shown.code_quality) == (8.1, 506.25)
    assert shown.cyclomatic_complexity_per_method == "3.00"
    assert shown.last_exec_time.endswith("秒")


def test_the_sdk_shows_the_measures_of_a_check(
    task_id: str, scans: Scans, workshop: str, sdk: Callable[[str], Any]
) -> None:
    request = ShowTaskCmetricsRequest(project_id=workshop, task_id=task_id)
    shown = sdk("alice").show_task_cmetrics(request)
    measured = shown.metric_info
    assert (measured.raw_lines, measured.code_size, measured.files_total) == ("20", "16", "2")
    assert (measured.methods_total, measured.cyclomatic_complexity_per_method) == ("4", "3.00")
    assert measured.cyclomatic_complexity_adequacy == "100.00"
    assert None not in measured.to_dict().values()
    with pytest.raises(ClientRequestException) as refused:
        sdk("alice").show_task_cmetrics(ShowTaskCmetricsRequest(project_id="0" * 32, task_id=task_id))
    assert refused.value.error_code == "CC.00050002"


def test_figures_of_a_task_that_was_never_checked_are_nothing(
    task_id: str, sdk: Callable[[str], Any]
) -> None:
    shown = sdk("alice").show_task_detail(ShowTaskDetailRequest(task_id=task_id))
    assert (shown.issue_count, shown.code_quality, shown.last_check_time) == (0, 0.0, None)


@pytest.mark.parametrize(
    ("filters", "lines"),
    [
        ({}, [2, 3, 1]),
        ({"languages": "python"}, [2, 1]),
        ({"ruleIds": "demo:two,demo:three"}, [2]),
        ({"authors": "grace"}, [2]),
        ({"severities": "3,1"}, [3, 1]),
        ({"fileNames": "b.js"}, [3]),
        ({"fileNames": "src/a.py", "severities": "3"}, [1]),
        ({"isNew": "1", "statusIds": "0", "delayStatus": "0"}, [2, 3, 1]),
        ({"isNew": "0"}, []),
        ({"statusIds": "2,5"}, []),
        ({"page": 2, "pageSize": 2}, [1]),
        ({"cwes": ["CWE-89"]}, []),
        ({"userTags": ["security"]}, []),
    ],
)
def test_issues_are_listed_by_many_filters(
    server: Server, task_id: str, scans: Scans, filters: dict[str, Any], lines: list[int]
) -> None:
    assert [one["lineNumber"] for one in listed(server.http, task_id, **filters)["info"]] == lines


def test_facets_count_what_lists_are_filtered_by(server: Server, task_id: str, scans: Scans) -> None:
    body = {"taskId": task_id, "languages": "PYTHON", "facets": "severities,statusIds,fileNames,authors"}
    answer = server.http.post("/v1/defect/issue-filter", json=body).json()["result"]
    assert answer["total"] is None
    found = {one["property"]: [tuple(pair.values()) for pair in one["values"]] for one in answer["facets"]}
    assert found == {
        "severities": [("0", "1"), ("3", "1")],
        "statusIds": [("0", "2")],
        "fileNames": [("src/a.py", "2")],
        "authors": [("grace", "1")],
    }


def test_statuses_are_changed_with_a_comment_and_stay_in_the_history(
    server: Server, task_id: str, scans: Scans
) -> None:
    key = listed(server.http, task_id)["info"][0]["mergeKey"]
    body = {"taskId": task_id, "mergeKey": [key], "status": "5", "comment": "by design"}
    answer = server.http.post("/v1/defect/issue-status", json=body)
    assert answer.json() == {"status": "success", "result": "修改成功"}
    shown = server.http.get("/v1/defect", params={"task_id": task_id, "merge_key": key}).json()["result"]
    assert (shown["statusId"], shown["comment"], shown["statusBy"]) == ("5", "by design", "admin")
    assert [one["comment"] for one in shown["history"]] == ["by design"]
    assert shown["history"][0]["by"] == "admin"
    next_statuses = server.http.get("/v1/defects/next-status").json()["result"]
    assert [one["id"] for one in next_statuses] == ["0", "2", "5"]


def test_what_a_scan_has_closed_cannot_be_given_a_status(server: Server, task_id: str, scans: Scans) -> None:
    first, *_, last = (one["mergeKey"] for one in listed(server.http, task_id)["info"])
    scans(result([finding(line=1, severity=3)]))
    body = {"taskId": task_id, "mergeKey": f"{last},{first}", "status": "5"}
    answer = server.http.post("/v1/defect/issue-status", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "CC.00050000")
    assert first in answer.json()["error_msg"]
    assert [one["statusId"] for one in listed(server.http, task_id, statusIds="0")["info"]] == ["0"]


def test_somebody_of_the_tenant_is_made_responsible(server: Server, task_id: str, scans: Scans) -> None:
    keys = [one["mergeKey"] for one in listed(server.http, task_id)["info"]]
    body = {"taskId": task_id, "mergeKey": keys, "owner": "admin"}
    assert server.http.post("/v1/defect/issue-owner", json=body).status_code == 200
    assert listed(server.http, task_id, authors="admin")["total"] == 3
    refused = server.http.post("/v1/defect/issue-owner", json={**body, "owner": "stranger"})
    assert refused.status_code == 400
    assert refused.json()["error_msg"].startswith("owner: ")


def test_the_code_around_an_issue_and_the_way_to_it_are_shown(server: Server, task_id: str) -> None:
    scans = Scans(server.services.database, task_id)
    steps = (
        Event(path="a.py", line=1, description="is None here"),
        Event(path="a.py", line=7, description="used", main=True),
    )
    told = finding(
        "a.py",
        line=7,
        events=steps,
        fixes=(Fix(description="check it"),),
        fragment=((6, "if x:"), (7, "x.y")),
    )
    scans(result([told]))
    (issue,) = listed(server.http, task_id)["info"]
    assert [one["description"] for one in issue["events"]] == ["is None here", "used"]
    assert issue["events"][1]["main_buggy_code"] == "x.y"
    assert issue["events"][1]["fix_suggestions"] == ["check it"]
    query = {"task_id": task_id, "merge_key": issue["mergeKey"]}
    content = server.http.get("/v1/defects/file-content", params=query).json()["result"]
    assert content == {"filePath": "a.py", "startLine": 6, "content": "if x:\nx.y"}


def test_the_trend_has_a_row_for_every_check(server: Server, task_id: str, scans: Scans) -> None:
    scans(result([finding(line=1, severity=3)]))
    query = {"task_id": task_id, "start_date": "2026-01-01", "end_date": "2099-01-01", "dimension": "times"}
    rows = server.http.get("/v1/history/defect-metric-trend", params=query).json()["result"]
    assert [(one["issueCount"], one["newCount"], one["resolvedCount"]) for one in rows] == [
        (3, 3, 0),
        (1, 0, 1),
    ]
    totals = server.http.get("/v1/defects/task-statistics", params={"task_id": task_id}).json()["result"]
    assert (totals["pending"], totals["fixed"], totals["notLookedFor"]) == (1, 1, 1)


def test_the_check_of_a_branch_is_shown_by_its_id(server: Server, workshop: str, task_id: str) -> None:
    database, alice = server.services.database, server.callers["alice"]
    branch = Scans(database, new_task(database, alice, workshop, parent_id=task_id, branch="feature"))
    branch(result([finding()]))
    scan_id = new_scan(database, branch.task_id)
    assert listed(server.http, task_id)["total"] == 0
    assert listed(server.http, task_id, mergeId="7", jobId=scan_id)["total"] == 1
    body = {"taskId": task_id, "mergeId": "7"}
    refused = server.http.post("/v1/defect/issue-list-by-filter", json=body)
    assert refused.json()["error_msg"].startswith("jobId: ")
    elsewhere = {"taskId": task_id, "jobId": NOBODY}
    assert server.http.post("/v1/defect/issue-list-by-filter", json=elsewhere).status_code == 404


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"statusIds": "9"}, "statusIds"),
        ({"severities": "4"}, "severities"),
        ({"isNew": "perhaps"}, "isNew"),
        ({"cwes": ["injection"]}, "cwes"),
        ({"pageSize": 201}, "pageSize"),
        ({"page": 0}, "page"),
        ({"fileNames": "a\0b"}, "fileNames"),
    ],
)
def test_filters_that_mean_nothing_are_refused(
    server: Server, task_id: str, more: dict[str, Any], field: str
) -> None:
    answer = server.http.post("/v1/defect/issue-list-by-filter", json={"taskId": task_id, **more})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "CC.00050000")
    assert answer.json()["error_msg"].startswith(f"{field}: ")
