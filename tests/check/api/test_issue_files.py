"""All issues of a task as one file."""

import csv
import io
from typing import Any

import jsonschema
import pytest

from bottega.check.findings import Edit, Event, Fix
from bottega.check.reports import export
from bottega.check.scanning.plan import EngineReport
from tests.build.harness import Server
from tests.check.making import ENGINE, Scans, finding, new_task, result, scanned
from tests.check.reports.sarif_parts import LOG

FIX = Fix(description="mend", edits=(Edit(line=1, column=1, end_line=1, end_column=2, text="x"),))
FLOW = (Event(path="src/a.py", line=1, description="comes in", main=True),)


@pytest.fixture
def task_id(server: Server, workshop: str) -> str:
    alice = server.callers["alice"]
    return new_task(server.services.database, alice, workshop, name="shop")


def download(server: Server, task_id: str, **query: str) -> bytes:
    answer = server.http.get(f"/v1/tasks/{task_id}/issues-file", params=query)
    assert answer.status_code == 200, answer.text
    return answer.content


def table(server: Server, task_id: str, **query: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(download(server, task_id, **query).decode("utf-8-sig"))))


def log(server: Server, task_id: str, **query: str) -> dict[str, Any]:
    import msgspec

    found = msgspec.json.decode(download(server, task_id, format="sarif", **query))
    jsonschema.validate(found, LOG)
    return found["runs"][0]


def ignore(server: Server, task_id: str, comment: str) -> str:
    (issue,) = server.http.get(f"/v2/tasks/{task_id}/defects-detail", params={"severity": "0"}).json()[
        "defects"
    ]
    body = {"taskId": task_id, "mergeKey": issue["defect_id"], "status": "5", "comment": comment}
    assert server.http.post("/v1/defect/issue-status", json=body).status_code == 200
    return issue["defect_id"]


def test_a_table_has_every_issue_on_whatever_page_it_is_read(
    server: Server, task_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PAGE", 2)
    for count in (3, 4):
        Scans(server.services.database, task_id)(
            result([finding(line=line, severity=2 if line else 0) for line in range(1, count + 1)])
        )
        rows = table(server, task_id)
        assert [(row["number"], row["line"]) for row in rows] == [
            (str(n), str(n)) for n in range(1, count + 1)
        ]
    assert tuple(rows[0]) == export.COLUMNS
    assert (rows[0]["status"], rows[0]["severity"], rows[0]["path"]) == ("pending", "general", "src/a.py")


def test_what_would_be_calculated_or_break_a_line_is_a_text(server: Server, task_id: str) -> None:
    texts = ['=HYPERLINK("x")', " +1", "\tcmd", 'a "quoted", one\nand a line', "中文\0"]
    Scans(server.services.database, task_id)(
        result([finding(line=line, message=text) for line, text in enumerate(texts, 1)])
    )
    found = [row["message"] for row in table(server, task_id)]
    assert found == [f"'{texts[0]}", "' +1", "'\tcmd", texts[3], "中文\ufffd"]


def test_a_log_says_of_each_issue_what_became_of_it(server: Server, task_id: str) -> None:
    scans = Scans(server.services.database, task_id)
    scans(
        result(
            [
                finding(line=1, severity=0, events=FLOW, fixes=(FIX,)),
                finding(line=2, rule="demo:two"),
                finding("b c.py", line=3),
            ]
        )
    )
    issue_id = ignore(server, task_id, "generated")
    broken = [
        EngineReport(engine=ENGINE, state="done", version="1.0"),
        EngineReport(engine="other", state="missing", reason="not installed"),
    ]
    skipped = scanned("big.py", engines=(), skipped="too long", metrics=None)
    scans(
        result(
            [finding(line=1, severity=0, events=FLOW, fixes=(FIX,)), finding(line=9)],
            [scanned(), skipped, scanned("b c.py")],
            engines=broken,
        )
    )
    run = log(server, task_id, status_ids="0,1,5")
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["demo:one", "demo:two"]
    shown = {
        (one["ruleId"], one["locations"][0]["physicalLocation"]["region"]["startLine"]): one
        for one in run["results"]
    }
    assert {key: one["baselineState"] for key, one in shown.items()} == {
        ("demo:one", 1): "unchanged",
        ("demo:two", 2): "absent",
        ("demo:one", 3): "absent",
        ("demo:one", 9): "new",
    }
    first = shown["demo:one", 1]
    assert first["suppressions"] == [{"kind": "external", "status": "accepted", "justification": "generated"}]
    assert first["properties"]["issue"] == issue_id
    assert first["codeFlows"] and first["fixes"]
    assert first["ruleIndex"] == 0
    texts = [one["message"]["text"] for one in run["invocations"][0]["toolExecutionNotifications"]]
    assert texts == ["other: missing: not installed", "not analysed: too long"]
    assert [one["ruleId"] for one in log(server, task_id, status_ids="5", severity="0")["results"]] == [
        "demo:one"
    ]


def test_a_task_without_issues_has_an_empty_file(server: Server, task_id: str) -> None:
    assert table(server, task_id) == []
    run = log(server, task_id)
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])


def test_the_file_is_named_after_the_task_and_kept_by_nobody(server: Server, task_id: str) -> None:
    answer = server.http.get(f"/v1/tasks/{task_id}/issues-file", params={"format": "sarif"})
    assert 'filename="shop.sarif"' in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    for query in ({"format": "xml"}, {"status_ids": "9"}, {"severity": "x"}, {"job_id": "short"}):
        refused = server.http.get(f"/v1/tasks/{task_id}/issues-file", params=query)
        assert (refused.status_code, refused.json()["error_code"]) == (400, "CC.00050000")
    with server.caller("bob") as bob:
        assert bob.get(f"/v1/tasks/{task_id}/issues-file").status_code == 404
