"""Reports as PDF: asked for, waited for, fetched once."""

import re
import zlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bottega.check.findings import Finding
from bottega.check.reports import fonts
from bottega.check.reports.jobs import KEPT_MS
from bottega.check.reports.pdf_document import Document, FontUnreadable
from bottega.check.reports.tables import CheckReportJob
from bottega.check.scanning.plan import EngineReport
from bottega.transfers.tables import StoredObject
from tests.build.harness import Server
from tests.check.making import ENGINE, Scans, finding, new_task, result

STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
SHOWN = re.compile(rb"\((.*?)(?<!\\)\) Tj")


@pytest.fixture
def task_id(server: Server, workshop: str) -> str:
    return new_task(server.services.database, server.callers["alice"], workshop, name="shop")


@pytest.fixture(autouse=True)
def no_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts in the fonts of readers themselves are in the file as they are."""
    monkeypatch.setattr(fonts, "_USUAL", ())


def check(server: Server, task_id: str, findings: list[Finding], **more: Any) -> None:
    Scans(server.services.database, task_id)(result(findings, **more))


def ask(server: Server, task_id: str, **query: str) -> int:
    answer = server.http.put(f"/v1/tasks/{task_id}/pdf-async-job", json={}, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["timeAsk"] == 3
    return answer.json()["result"]["asyncJobId"]


def job(server: Server, task_id: str, job_id: int) -> dict[str, Any]:
    old = server.http.get(f"/v1/tasks/{task_id}/async-job/{job_id}")
    new = server.http.get("/v2/async-job", params={"task_id": task_id, "async_job_id": job_id})
    assert old.status_code == new.status_code == 200, old.text
    assert old.json() == new.json()
    return old.json()["result"]


def fetch(server: Server, task_id: str, file: str) -> Any:
    return server.http.get(f"/v1/tasks/{task_id}/pdf-file", params={"job_file": file})


def written(server: Server, task_id: str, **query: str) -> bytes:
    job_id = ask(server, task_id, **query)
    server.services.report_jobs.scan()
    answer = fetch(server, task_id, job(server, task_id, job_id)["jobFile"])
    assert answer.status_code == 200, answer.text
    return answer.content


def text(file: bytes) -> str:
    assert file.startswith(b"%PDF-")
    found: list[str] = []
    for stream in STREAM.findall(file):
        try:
            content = zlib.decompress(stream)
        except zlib.error:
            continue
        found += [one.replace(b"\\", b"").decode("latin-1") for one in SHOWN.findall(content)]
    return "\n".join(found)


def test_a_report_is_written_after_it_was_asked_for_and_fetched_once(server: Server, task_id: str) -> None:
    check(server, task_id, [finding()])
    woken: list[bool] = []
    server.services.report_jobs.asked = lambda: woken.append(True)
    job_id = ask(server, task_id)
    assert ask(server, task_id) == job_id
    waiting = job(server, task_id, job_id)
    assert (waiting["id"], waiting["jobStatus"], waiting["progress"], waiting["jobFile"]) == (
        job_id,
        "RUNNING",
        "1",
        None,
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", waiting["createTime"])
    assert woken == [True]
    server.services.report_jobs.scan()
    done = job(server, task_id, job_id)
    assert (done["jobStatus"], done["progress"], done["reason"]) == ("SUCCESS", "100", None)
    assert re.fullmatch(
        rf"defects/PdfFiles/\d{{8}}/CodeArtsCheck_Report_{task_id}_\d{{14}}\.pdf", done["jobFile"]
    )
    file = fetch(server, task_id, done["jobFile"])
    assert file.content.startswith(b"%PDF-")
    assert f"CodeArtsCheck_Report_{task_id}" in file.headers["content-disposition"]
    again = fetch(server, task_id, done["jobFile"])
    assert (again.status_code, again.json()["error_code"]) == (404, "CC.00050004")
    assert ask(server, task_id) != job_id


def test_it_tells_what_a_check_came_to_and_what_it_did_not_look_at(server: Server, task_id: str) -> None:
    engines = [
        EngineReport(engine=ENGINE, state="done", version="1.0", files=2, analysed=2),
        EngineReport(engine="pmd", state="missing", reason="no Java here"),
    ]
    worst = finding(line=7, severity=0, message="(evil) text \\ with <b>marks</b>")
    check(server, task_id, [worst, finding("b" * 400 + ".py", line=0, severity=3)], engines=engines)
    shown = text(written(server, task_id, project_name="The shop"))
    for part in (
        "Code check of shop",
        "The shop",
        "https://git.example.com/group/shop.git",
        "Pending, fatal\n1",
        "Complete\nno",
        "pmd: missing: no Java here, 0 of 0 files, 0 findings",
        "[fatal] src/a.py:7",
        "(evil) text  with <b>marks</b>",
        "[hint]",
        "b" * 60,
    ):
        assert part in shown, shown
    assert shown.index("[fatal]") < shown.index("[hint]")


def test_of_very_many_issues_the_gravest_are_listed(
    server: Server, task_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bottega.check.reports import jobs

    monkeypatch.setattr(jobs, "MAX_ISSUES", 2)
    check(server, task_id, [finding(line=line, severity=line % 4) for line in range(1, 9)])
    shown = text(written(server, task_id))
    assert "The gravest 2 of 8." in shown
    assert shown.count("[fatal]") == 2
    assert "[serious]" not in shown


def test_a_task_that_was_never_checked_has_a_report_too(server: Server, task_id: str) -> None:
    shown = text(written(server, task_id))
    assert "never" in shown
    assert "Nothing yet." in shown


def test_characters_without_a_font_are_told_by_their_number(server: Server, task_id: str) -> None:
    check(server, task_id, [finding(message="中 é\t\x1b[31m")])
    shown = text(written(server, task_id))
    assert "<U+4E2D> é  [31m" in shown
    assert "1 characters are written by their number" in shown


def test_a_report_that_cannot_be_written_says_why(
    server: Server, task_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bottega.check.reports import jobs

    def broken(*_: Any) -> bytes:
        raise FontUnreadable("the font /fonts/none.ttf cannot be used")

    monkeypatch.setattr(jobs, "draw", broken)
    job_id = ask(server, task_id)
    server.services.report_jobs.scan()
    failed = job(server, task_id, job_id)
    assert (failed["jobStatus"], failed["reason"]) == ("FAILED", "the font /fonts/none.ttf cannot be used")
    assert failed["jobFile"] is None
    assert ask(server, task_id) != job_id


def test_reports_are_forgotten_after_a_day_and_with_their_task(
    server: Server, task_id: str, workshop: str
) -> None:
    database = server.services.database
    other = new_task(database, server.callers["alice"], workshop)
    keys: list[str] = []
    for one in (task_id, other):
        job_id = ask(server, one)
        server.services.report_jobs.scan()
        with database.read() as session:
            keys.append(session.get_one(CheckReportJob, job_id).object_key)
    assert server.http.delete(f"/v2/tasks/{other}").status_code == 200
    with database.write() as session:
        mine = CheckReportJob.task_id == task_id
        session.execute(
            update(CheckReportJob).where(mine).values(created_at=CheckReportJob.created_at - KEPT_MS)
        )
    server.services.report_jobs.scan()
    with database.read() as session:
        assert not session.scalars(
            select(CheckReportJob).where(CheckReportJob.task_id.in_([task_id, other]))
        ).all()
        doomed = select(StoredObject.object_key).where(StoredObject.doomed, StoredObject.object_key.in_(keys))
        assert sorted(session.scalars(doomed)) == sorted(keys)


def test_nobody_else_gets_a_report(server: Server, task_id: str, workshop: str) -> None:
    other = new_task(server.services.database, server.callers["alice"], workshop)
    job_id = ask(server, task_id)
    server.services.report_jobs.scan()
    file = job(server, task_id, job_id)["jobFile"]
    assert server.http.get(f"/v1/tasks/{other}/async-job/{job_id}").status_code == 404
    assert fetch(server, other, file).status_code == 404
    with server.caller("bob") as bob:
        assert bob.get(f"/v1/tasks/{task_id}/pdf-file", params={"job_file": file}).status_code == 404
    for wrong in ("", "../../../etc/passwd", "x" * 300, "\0"):
        assert fetch(server, task_id, wrong).status_code == 404
    assert fetch(server, task_id, file).status_code == 200


def test_fonts_of_the_host_are_embedded() -> None:
    usual = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
    if not Path(usual).is_file():
        pytest.skip("this host has no DejaVu")
    made = Document("Привет", [Path(usual)], 0)
    made.line("Привет, 中")
    assert made.missing == 1
    assert b"DejaVuSans" in made.content()


def test_a_font_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    for name in ("broken.ttf", "missing.ttf"):
        with pytest.raises(FontUnreadable, match=name):
            Document("x", fonts.fonts([str(tmp_path / name)]), 0)
