"""Pages of code check: tasks, verdicts, what was looked at, issues, and what can be done there."""

import re
from typing import Any

import pytest
from sqlalchemy import update

from bottega.check.issues.tables import CheckIssue
from bottega.check.scanning.plan import EngineReport
from bottega.check.tasks.tables import CheckScan
from tests.check.making import Scans, finding, new_scan, new_task, result, scanned
from tests.check.tasks.harness import add_scan
from tests.console.conftest import Visitor
from tests.console.test_builds import ESCAPED, HOSTILE
from tests.support.application import Application, World

LINES = 'os.system("rm -rf " + name)'


@pytest.fixture(scope="module")
def task_id(app: Application, world: World) -> str:
    """A task whose newest check has found issues, with one engine that is not here and one that crashed."""
    made = new_task(app.services.database, principal_of(app, world), world.project_id, name="checked")
    findings = [
        finding(
            "src/a.py",
            3,
            "demo:injection",
            severity=0,
            message="a shell is given a text",
            fragment=((3, LINES),),
        ),
        finding("src/a.py", 9, "demo:style", severity=3),
        finding("src/b.js", 5, "demo:style", severity=3, language="JAVASCRIPT"),
        *(finding("src/many.py", line, "demo:many", severity=2) for line in range(1, 61)),
    ]
    engines = [
        EngineReport(
            engine="demo", state="done", version="1.0", files=2, analysed=2, findings=63, seconds=1.5
        ),
        EngineReport(engine="pmd", state="missing", reason="get it with: bottega admin install-engines"),
        EngineReport(engine="cppcheck", state="failed", reason="ended by signal 11", files=1),
    ]
    files = [
        scanned("src/a.py"),
        scanned("src/b.js"),
        scanned("src/many.py"),
        scanned("src/min.js", skipped="has a line of 40000 bytes", engines=()),
    ]
    Scans(app.services.database, made)(
        result(findings, files, engines=engines, limits=["only 4 files were read"])
    )
    with app.services.database.write() as session:
        faults = [
            "1 fatal issues, 0 are allowed",
            "pmd is missing: get it with: bottega admin install-engines",
        ]
        session.execute(
            update(CheckScan).where(CheckScan.task_id == made).values(gate="error", gate_faults=faults)
        )
    return made


def principal_of(app: Application, world: World) -> Any:
    from bottega.iam.standing import present_principal

    with app.services.database.read() as session:
        return present_principal(session, world.domain_id, world.user_id)


def text_of(page: str) -> str:
    """What is read of a page."""
    return " ".join(re.sub(r"<[^>]*>", " ", page.partition("<main")[2]).split())


def test_tasks_are_found_by_name_project_state_and_gate(mine: Visitor, task_id: str, world: World) -> None:
    link = f"/console/checks/{task_id}"
    for query in ("", "?text=check", f"?project={world.project_id}", "?state=success", "?gate=error"):
        assert link in mine.get(f"/console/checks{query}"), query
    for query in ("?text=nothing-has-this-name", "?state=failed", "?gate=success", "?page=99"):
        assert link not in mine.get(f"/console/checks{query}"), query


def test_a_task_says_plainly_what_was_not_looked_at_and_why_the_gate_failed(
    mine: Visitor, task_id: str
) -> None:
    page = text_of(mine.get(f"/console/checks/{task_id}"))
    for text in (
        "✗ gate failed",
        "1 fatal issues, 0 are allowed",
        "1 fatal 0 serious 60 general 2 hint",
        "Incomplete : where nothing was looked at, no issue does not mean that all is well",
        "pmd ✗ missing : get it with: bottega admin install-engines",
        "cppcheck ✗ crashed : ended by signal 11",
        "demo ✓ done 1.0 2 2 0 63 1.5 s",
        "1: has a line of 40000 bytes",
        "src/min.js all has a line of 40000 bytes",
        "only 4 files were read",
        "Files found 4 Analysed 3 Skipped 1",
    ):
        assert text in page, text


def test_a_check_that_saw_everything_says_so(app: Application, mine: Visitor, world: World) -> None:
    made = new_task(app.services.database, principal_of(app, world), world.project_id)
    Scans(app.services.database, made)(result())
    page = text_of(mine.get(f"/console/checks/{made}"))
    assert "✓ complete : everything the task asks for was looked at" in page
    assert "There is no gate now: every check passes" in page


def test_a_task_without_any_check_says_so(app: Application, mine: Visitor, world: World) -> None:
    made = new_task(app.services.database, principal_of(app, world), world.project_id)
    page = text_of(mine.get(f"/console/checks/{made}"))
    assert "It was never checked." in page
    assert "0 fatal 0 serious" in page


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 63),
        ("?severity=fatal", 1),
        ("?severity=fatal&severity=hint", 3),
        ("?rule=demo:style", 2),
        ("?language=JAVASCRIPT", 1),
        ("?path=src/a.py", 2),
        ("?path=b.js", 1),
        ("?status=fixed", 0),
        ("?status=all", 63),
        ("?new=no", 0),
        ("?deferred=yes", 0),
        ("?severity=nonsense", 63),
        ("?rule=%00", 63),
        ("?page=3", 63),
    ],
)
def test_issues_are_filtered(mine: Visitor, task_id: str, query: str, count: int) -> None:
    page = mine.get(f"/console/checks/{task_id}/issues{query}")
    assert f'<p role="status">{count} issue{"" if count == 1 else "s"}</p>' in page


def test_a_long_list_has_pages_that_keep_the_filters(mine: Visitor, task_id: str) -> None:
    first = mine.get(f"/console/checks/{task_id}/issues?severity=general&status=open")
    found = re.search(r'rel="next" href="([^"]+)"', first)
    assert found is not None
    second = mine.get(found[1].replace("&amp;", "&"))
    seen = [re.findall(r'name="issue" value="(\w+)"', page) for page in (first, second)]
    assert (len(seen[0]), len(seen[1])) == (50, 10)
    assert not set(seen[0]) & set(seen[1])


def test_an_unknown_status_is_refused(mine: Visitor, task_id: str) -> None:
    assert "expected one of open" in mine.get(f"/console/checks/{task_id}/issues?status=nonsense", 400)


def test_an_issue_shows_its_code_and_what_is_said_of_it(mine: Visitor, task_id: str) -> None:
    page = mine.get(f"/console/checks/{task_id}/issues?severity=fatal")
    issue_id = re.findall(r'name="issue" value="(\w+)"', page)[0]
    path = f"/console/checks/{task_id}/issues/{issue_id}"
    shown = mine.get(path)
    assert "<code>os.system(&#34;rm -rf &#34; + name)</code>" in shown
    assert 'class="here"' in shown
    said = mine.post(
        f"/console/checks/{task_id}/issues/say",
        issue=issue_id,
        status="ignored",
        comment="<b>known</b>",
        back=path,
    )
    assert said.headers["location"] == f"{path}?said=judged"
    after = mine.get(said.headers["location"])
    assert "ignored, by admin" in text_of(after)
    assert "&lt;b&gt;known&lt;/b&gt;" in after
    assert "0 issues" in mine.get(f"/console/checks/{task_id}/issues?severity=fatal")
    assert (
        mine.post(f"/console/checks/{task_id}/issues/say", issue=issue_id, status="open").status_code == 303
    )
    assert "1 issue<" in mine.get(f"/console/checks/{task_id}/issues?severity=fatal")


def test_only_known_things_can_be_said_of_chosen_issues(mine: Visitor, task_id: str) -> None:
    path = f"/console/checks/{task_id}/issues/say"
    assert mine.post(path, status="open").status_code == 400
    assert mine.post(path, status="fixed", issue="0" * 32).status_code == 400
    assert mine.post(path, status="open", issue="0" * 32).status_code == 404
    assert mine.post(path, status="open", issue="nonsense").status_code == 400


def test_what_a_repository_holds_is_shown_and_nothing_else(
    app: Application, mine: Visitor, world: World
) -> None:
    made = new_task(app.services.database, principal_of(app, world), world.project_id, branch=HOSTILE[:200])
    odd = finding(
        f"src/{HOSTILE}",
        3,
        f"demo:{HOSTILE}",
        message=HOSTILE,
        scope=HOSTILE,
        author=HOSTILE,
        fragment=((3, HOSTILE),),
        also=(HOSTILE,),
    )
    engines = [EngineReport(engine=HOSTILE[:32], state="failed", reason=HOSTILE, notes=(HOSTILE,))]
    files = [scanned(f"src/{HOSTILE}", skipped=HOSTILE, engines=())]
    Scans(app.services.database, made)(result([odd], files, engines=engines, limits=[HOSTILE]))
    with app.services.database.write() as session:
        values = {"gate": "error", "gate_faults": [HOSTILE], "reason": HOSTILE}
        session.execute(update(CheckScan).where(CheckScan.task_id == made).values(**values))
        issue = session.query(CheckIssue).filter_by(task_id=made).one()
        scan = session.query(CheckScan).filter_by(task_id=made).one()
        paths = ["", "/issues", f"/issues/{issue.id}", f"/scans/{scan.id}", f"/scans/{scan.id}/state"]
    for path in paths:
        page = mine.get(f"/console/checks/{made}{path}")
        assert ESCAPED in page, path
        assert "<img" not in page
        assert "\u202e" not in page


def test_a_check_is_started_followed_and_stopped(app: Application, mine: Visitor, world: World) -> None:
    made = mine.post(f"/console/checks/{world.task_id}/run")
    place = made.headers["location"]
    page = mine.get(place)
    assert "The check was accepted." in page
    assert "⧖ waiting" in text_of(page)
    assert mine.post(f"/console/checks/{world.task_id}/run").status_code == 409
    run_id = run_of(app, place.partition("?")[0].rpartition("/")[2])
    app.services.live_logs.append(
        run_id, 0, f"[2026/01/01 00:00:00.000 GMT+08:00] [INFO] {HOSTILE}\n".encode()
    )
    more = mine.http.get(place.partition("?")[0] + "/log/more")
    assert ESCAPED in more.text
    assert more.headers["x-log-complete"] == "false"
    assert ESCAPED in mine.get(place)
    assert mine.post(f"/console/checks/{world.task_id}/stop").status_code == 303
    assert (
        mine.http.get(place.partition("?")[0] + "/log/file")
        .headers["content-disposition"]
        .startswith("attach")
    )


def run_of(app: Application, scan_id: str) -> str:
    with app.services.database.read() as session:
        return session.get_one(CheckScan, scan_id).run_id


def test_a_check_whose_log_is_gone_still_shows_what_it_looked_at(
    app: Application, mine: Visitor, world: World, task_id: str
) -> None:
    scan_id = new_scan(app.services.database, world.task_id, state="failed", reason="no disk left")
    page = text_of(mine.get(f"/console/checks/{world.task_id}/scans/{scan_id}"))
    assert "no disk left" in page
    mine.get(f"/console/checks/{task_id}/scans/{scan_id}", 404)
    mine.get(f"/console/checks/{task_id}/scans/{scan_id}/log/more", 404)


def test_another_tenant_sees_and_changes_nothing(
    app: Application, other: Visitor, mine: Visitor, world: World, task_id: str
) -> None:
    scan_id = add_scan(app.services.database, task_id)
    for path in (
        "",
        "/issues",
        f"/issues/{world.issue_id}",
        f"/scans/{scan_id}",
        f"/scans/{scan_id}/log/more",
    ):
        assert "checked" not in other.get(f"/console/checks/{task_id}{path}", 404)
    for path in ("run", "stop", "issues/say"):
        answer = other.post(f"/console/checks/{task_id}/{path}", status="ignored", issue=world.issue_id)
        assert answer.status_code == 404
    assert task_id not in other.get("/console/checks")


def test_who_has_no_right_sees_and_changes_nothing(powerless: Visitor, world: World, task_id: str) -> None:
    for path in ("", "/issues", f"/issues/{world.issue_id}"):
        assert "lacks the permission" in powerless.get(f"/console/checks/{task_id}{path}", 403)
    for path in ("run", "stop", "issues/say"):
        answer = powerless.post(f"/console/checks/{task_id}/{path}", status="ignored", issue=world.issue_id)
        assert answer.status_code == 403
    assert "0 check tasks" in powerless.get("/console/checks")


@pytest.mark.parametrize("path", ["nonsense", "%00", f"{'0' * 31}/issues", "%F0%9F%92%A9/scans/x"])
def test_what_is_no_id_is_refused(mine: Visitor, path: str) -> None:
    assert mine.http.get(f"/console/checks/{path}").status_code == 400
