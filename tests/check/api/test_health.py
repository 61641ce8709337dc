"""The grade of a code base, and the badge that shows it."""

from xml.etree import ElementTree

import pytest

from bottega.badges.tables import PublicBadge
from bottega.check.reports.health import grade
from bottega.check.scanning.plan import FileMetrics
from bottega.check.tasks.tables import CheckTask
from tests.build.harness import Server
from tests.check.making import Scans, finding, new_task, result, scanned

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def task_id(server: Server, workshop: str) -> str:
    return new_task(server.services.database, server.callers["alice"], workshop)


def check(server: Server, task_id: str, lines: int, *severities: int) -> None:
    findings = [finding(line=number, severity=one) for number, one in enumerate(severities, 1)]
    files = [scanned(metrics=FileMetrics(lines=lines * 2, code=lines))]
    Scans(server.services.database, task_id)(result(findings, files))


def words(image: bytes) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(image).iter(f"{SVG}text")]


def badge(server: Server, task_id: str, **query: str) -> list[str]:
    answer = server.http.get(f"/v4/task/{task_id}/code-health-svg", params={"locale": "en-us", **query})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/svg+xml"
    return words(answer.content)


@pytest.mark.parametrize(
    ("by_severity", "lines", "expected"),
    [
        ([0, 0, 0, 0], 1, "A"),
        ([0, 0, 1, 0], 1_000, "A"),
        ([0, 0, 1, 1], 1_000, "B"),
        ([1, 0, 0, 0], 1_000, "B"),
        ([1, 0, 0, 1], 1_000, "C"),
        ([1, 1, 2, 0], 1_000, "C"),
        ([1, 1, 2, 1], 1_000, "D"),
        ([0, 0, 0, 30], 3_000, "A"),
        ([0, 0, 0, 31], 3_000, "B"),
    ],
)
def test_bounds_of_grades_belong_to_the_better_one(by_severity: list[int], lines: int, expected: str) -> None:
    assert grade(by_severity, lines) == expected


def test_nothing_is_said_of_no_code(server: Server, task_id: str) -> None:
    assert grade([0, 0, 0, 0], 0) is None
    assert badge(server, task_id) == ["code health", "unknown"]
    check(server, task_id, 0)
    assert badge(server, task_id) == ["code health", "unknown"]


def test_the_badge_shows_the_issues_as_they_are_and_a_check_as_it_was(server: Server, task_id: str) -> None:
    check(server, task_id, 1_000, 0, 0)
    assert badge(server, task_id, label="shop") == ["shop", "C"]
    (issue, _) = server.http.get(f"/v2/tasks/{task_id}/defects-detail").json()["defects"]
    body = {"defect_id": issue["defect_id"], "defect_status": "2"}
    assert server.http.put(f"/v2/tasks/{task_id}/defect-status", json=body).status_code == 200
    assert badge(server, task_id) == ["code health", "B"]
    job_id = server.http.get(f"/v4/tasks/{task_id}/last-jobs").json()["result"]["last_job_id"]
    assert badge(server, task_id, job_id=job_id) == ["code health", "C"]
    assert server.http.get(f"/v2/tasks/{task_id}/defects-summary").json()["health_grade"] == "B"


def test_words_are_chinese_unless_asked_for_otherwise(server: Server, task_id: str) -> None:
    path = f"/v4/task/{task_id}/code-health-svg"
    assert words(server.http.get(path).content) == ["代码健康度", "未知"]
    assert server.http.get(path, params={"locale": "de"}).json()["error_code"] == "CC.00050000"
    assert server.http.get(path, params={"job_id": "0" * 32}).json()["error_code"] == "CC.00050004"


def test_a_public_address_shows_the_grade_of_each_branch_and_goes_with_the_task(
    server: Server, task_id: str, workshop: str
) -> None:
    check(server, task_id, 1_000)
    path = f"/v4/task/{task_id}/code-health-svg/link"
    assert server.http.get(path).json()["result"]["public"] is False
    link = server.http.post(path).json()["result"]
    assert link["markdown"] == f"![code health]({link['url']})"
    assert server.http.get(path).json()["result"] == link
    alice, database = server.callers["alice"], server.services.database
    branch = new_task(database, alice, workshop, parent_id=task_id, branch="next", kind="branch")
    check(server, branch, 100, 0)
    with server.caller("bob") as bob:
        assert words(bob.get(link["url"]).content) == ["code health", "A"]
        assert words(bob.get(link["url"], params={"branch": "next"}).content)[1] == "D"
        assert words(bob.get(link["url"], params={"branch": "never"}).content)[1] == "unknown"
        assert server.http.delete(f"/v2/tasks/{task_id}").status_code == 200
        assert bob.get(link["url"]).status_code == 404
    with database.read() as session:
        assert session.get(CheckTask, task_id) is None
        assert session.get(PublicBadge, task_id) is None


def test_a_revoked_address_leads_nowhere_and_a_new_one_is_another(server: Server, task_id: str) -> None:
    path = f"/v4/task/{task_id}/code-health-svg/link"
    first = server.http.post(path).json()["result"]["url"]
    revoked = server.http.delete(path)
    assert (revoked.status_code, revoked.json()["result"]["public"]) == (200, False)
    assert server.http.get(first).status_code == 404
    second = server.http.post(path).json()["result"]["url"]
    assert second != first
    assert words(server.http.get(second).content)[0] == "code health"
