"""Findings of other tools are issues like others."""

from typing import Any

import httpx
import msgspec
import pytest

from bottega.check.reports import importing
from tests.build.harness import Server
from tests.check.issues.looking import issues
from tests.check.making import Scans, finding, new_task
from tests.check.making import result as scan_result
from tests.check.reports.test_sarif_in import log, place, result


@pytest.fixture
def task_id(server: Server, workshop: str) -> str:
    return new_task(server.services.database, server.callers["alice"], workshop)


@pytest.fixture
def scans(server: Server, task_id: str) -> Scans:
    return Scans(server.services.database, task_id)


def found(line: int, text: str = "", path: str = "src/a.py", **more: Any) -> dict[str, Any]:
    region = {"snippet": {"text": text or f"statement_number({line})"}}
    return result(locations=[place(path, line, region=region)], **more)


def post(http: httpx.Client, task_id: str, body: bytes, **query: str) -> dict[str, Any]:
    answer = http.post(f"/v1/tasks/{task_id}/sarif", content=body, params=query)
    assert answer.status_code == 200, answer.text
    (imported,) = answer.json()["result"]
    return imported


def test_findings_become_issues_that_keep_their_identity_when_lines_move(
    server: Server, task_id: str, scans: Scans
) -> None:
    first = post(server.http, task_id, log(found(3), found(7), found(9)), commit_id="a" * 40)
    assert (first["engine"], first["findings"], first["new"], first["fixed"]) == (
        "sarif-semgrep-oss",
        3,
        3,
        0,
    )
    before = {one.line: one.id for one in issues(scans)}
    moved = log(found(13, "statement_number(3)"), found(17, "statement_number(7)"), found(1))
    second = post(server.http, task_id, moved)
    assert (second["new"], second["fixed"], second["reopened"]) == (1, 1, 0)
    after = {one.line: (one.id, one.status) for one in issues(scans)}
    assert after[13] == (before[3], 0)
    assert after[17] == (before[7], 0)
    assert after[9] == (before[9], 5)
    again = post(server.http, task_id, moved)
    assert (again["new"], again["fixed"]) == (0, 0)
    third = post(server.http, task_id, log(found(9)))
    assert (third["reopened"], third["fixed"]) == (1, 3)
    shown = server.http.get(f"/v1/tasks/{task_id}/sarif").json()["result"]
    assert [(one["number"], one["commit_id"]) for one in shown] == [(4, ""), (3, ""), (2, ""), (1, "a" * 40)]


def test_the_tools_own_fingerprint_recognises_a_line_that_was_changed_and_a_file_that_was_renamed(
    server: Server, task_id: str, scans: Scans
) -> None:
    known: dict[str, Any] = {"partialFingerprints": {"tool/v1": "abc"}}
    post(server.http, task_id, log(found(3, "one", **known)))
    (before,) = issues(scans)
    done = post(server.http, task_id, log(found(30, "two", "src/b.py", **known)))
    (after,) = issues(scans)
    assert (after.id, after.path, after.line) == (before.id, "src/b.py", 30)
    assert (done["new"], done["fixed"]) == (0, 0)


def test_other_findings_in_the_same_places_are_other_issues(
    server: Server, task_id: str, scans: Scans
) -> None:
    bare = [
        result(message={"text": f"name {word} is unused"}, locations=[place(line=line)])
        for line, word in enumerate("abc", 1)
    ]
    post(server.http, task_id, log(*bare))
    others = [
        result(message={"text": f"name {word} is unused"}, locations=[place(line=line)])
        for line, word in enumerate("xyz", 1)
    ]
    assert post(server.http, task_id, log(*others))["fixed"] == 3
    assert len(issues(scans)) == 6


def test_checks_and_imports_say_nothing_of_each_others_issues(
    server: Server, task_id: str, scans: Scans
) -> None:
    scans(scan_result([finding(line=3, severity=0)]))
    post(server.http, task_id, log(found(3)))
    scans(scan_result([]))
    assert [(one.engine, one.status) for one in issues(scans)] == [("demo", 5), ("sarif-semgrep-oss", 0)]
    post(server.http, task_id, log(driver={"name": "Other"}))
    post(server.http, task_id, log(found(3)))
    assert [one.status for one in issues(scans)] == [5, 0]
    stored = scans(scan_result([]))
    assert stored.counts == [0, 0, 1, 0]


def test_nothing_is_fixed_by_a_tool_that_did_not_look(server: Server, task_id: str, scans: Scans) -> None:
    post(server.http, task_id, log(found(1), found(2, path="src/b.py")))
    failed = [{"executionSuccessful": False}]
    for body, query in ((log(), {"partial": "true"}), (log(invocations=failed), {})):
        done = post(server.http, task_id, body, **query)
        assert (done["complete"], done["fixed"], done["gone"]) == (False, 0, 0)
    target = [{"location": {"uri": "src/b.py"}, "roles": ["analysisTarget"]}]
    done = post(server.http, task_id, log(artifacts=target))
    assert (done["fixed"], done["gone"]) == (1, 1)
    assert [(one.path, one.gone_reason) for one in issues(scans)] == [
        ("src/a.py", "not analysed"),
        ("src/b.py", ""),
    ]


def test_what_people_say_of_imported_issues_holds_and_lists_have_them(
    server: Server, task_id: str, scans: Scans
) -> None:
    suppressed = [{"kind": "inSource", "justification": "a test"}]
    post(server.http, task_id, log(found(1, level="error"), found(2, suppressions=suppressed)))
    (shown,) = server.http.get(f"/v2/tasks/{task_id}/defects-detail").json()["defects"]
    assert (shown["defect_level"], shown["rule_name"], shown["fragment"][0]["line_content"]) == (
        "1",
        "sarif-semgrep-oss:R1",
        "statement_number(1)",
    )
    body = {"defect_id": shown["defect_id"], "defect_status": "2"}
    assert server.http.put(f"/v2/tasks/{task_id}/defect-status", json=body).status_code == 200
    post(server.http, task_id, log(found(11, "statement_number(1)", level="error"), found(2)))
    assert [(one.line, one.status, one.comment) for one in issues(scans)] == [(11, 2, ""), (2, 2, "a test")]


def test_a_report_of_several_tools_is_several_imports(server: Server, task_id: str, scans: Scans) -> None:
    both, other = (
        msgspec.json.decode(log(found(1))),
        msgspec.json.decode(log(found(1), driver={"name": "Other"})),
    )
    both["runs"] += other["runs"]
    answer = server.http.post(f"/v1/tasks/{task_id}/sarif", content=msgspec.json.encode(both))
    assert [(one["number"], one["engine"]) for one in answer.json()["result"]] == [
        (1, "sarif-semgrep-oss"),
        (2, "sarif-other"),
    ]
    assert [one.number for one in issues(scans)] == [1, 2]


def test_old_imports_are_forgotten(server: Server, task_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "KEPT", 2)
    for _ in range(3):
        post(server.http, task_id, log())
    shown = server.http.get(f"/v1/tasks/{task_id}/sarif").json()["result"]
    assert [one["number"] for one in shown] == [3, 2]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"commit_id": "main"}, "commit_id:"),
        ({"tool": "--"}, "tool:"),
        ({"tool": "x" * 129}, "tool:"),
        ({"root": "\0"}, "root:"),
    ],
)
def test_what_cannot_be_is_refused(server: Server, task_id: str, query: dict[str, str], reason: str) -> None:
    answer = server.http.post(f"/v1/tasks/{task_id}/sarif", content=log(found(1)), params=query)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "CC.00050000")
    assert answer.json()["error_msg"].startswith(reason)
    assert server.http.get(f"/v1/tasks/{task_id}/sarif").json()["result"] == []
    broken = server.http.post(f"/v1/tasks/{task_id}/sarif", content=b'{"version":"2.1.0","runs":{}}')
    assert "at `$.runs`" in broken.json()["error_msg"]


def test_hostile_texts_are_kept_as_far_as_tables_can(server: Server, task_id: str, scans: Scans) -> None:
    evil = "\0\ud800" + "x" * 9_000
    body = log(
        found(2**40, evil, message={"text": evil}, ruleId="r" * 500 + "\n"),
        found(1, path="p/" * 1_500 + "é.py"),
        driver={"name": "a" * 500, "version": evil},
    )
    post(server.http, task_id, body.replace(b"\\ud800", b""))
    assert len(issues(scans)) == 2
