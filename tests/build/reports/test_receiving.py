"""Coverage reports for people: from a real runner, over the channel of its lease, to the official SDK."""

import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from huaweicloudsdkcodeartsbuild.v3 import DownloadJunitCoverageZipRequest, ListJunitCoverageSummaryRequest

from bottega.agent.runner.environment import PATH
from bottega.agent.runner.transfers import TransferError
from bottega.agent.spool import Spool
from bottega.build.actions import coverage_pages
from bottega.build.reports.figures import Counter, Coverage
from bottega.build.reports.recording import begun_again, keep_coverage
from bottega.runs.tables import Run
from tests.agent.runner.attempts import Attempts, ended, log_lines
from tests.artifacts.making import LEASE, Build, new_task
from tests.build.actions.test_coverage_files import JACOCO, WANTED, covered
from tests.build.actions.test_unit_tests import step, write
from tests.build.harness import Server

needs_python = pytest.mark.skipif(
    shutil.which("python3", path=PATH) is None, reason="this machine has no python3"
)
PAGES = write("target/site/jacoco/index.html", "<p>all</p>") + write(
    "target/site/jacoco/app/index.html", "<p>app</p>"
)
LINES = Coverage(lines=Counter(covered=3, total=4))


@pytest.fixture
def attempts() -> Iterator[Attempts]:
    made = Attempts()
    yield made
    made.close()


@pytest.fixture
def build(server: Server, workshop: str) -> Build:
    return Build(server, new_task(server, workshop))


def run(attempts: Attempts, build: Build, command: str, **inputs: Any) -> Spool:
    """One attempt of the build whose step ``stage1`` runs ``command`` and succeeds."""
    spool = attempts.create(
        step(command, **{**WANTED, **inputs}),
        root=attempts.base / f"spool{build.attempt}",
        run_id=build.run_id,
        attempt=build.attempt,
        server_url=build.server.url,
        lease_token=LEASE,
    )
    spool.start_runner()
    assert ended(spool)["outcome"] == "success", log_lines(spool)
    return spool


def listed(build: Build) -> list[Any]:
    request = ListJunitCoverageSummaryRequest(job_id=build.task_id, build_no=build.number)
    return build.server.sdk("alice").list_junit_coverage_summary(request).result.unit_summary_list


def download(build: Build, root_id: str) -> bytes:
    request = DownloadJunitCoverageZipRequest(build.task_id, build.number, root_id)
    got: list[bytes] = []
    build.server.sdk("alice").download_junit_coverage_zip(request).consume_download_stream(
        lambda response: got.extend(response.iter_content(1 << 16))
    )
    return b"".join(got)


def unpacked(build: Build) -> dict[str, bytes]:
    (one,) = listed(build)
    assert one.stage_name == "stage1"
    with zipfile.ZipFile(io.BytesIO(download(build, one.root_id))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def warnings(spool: Spool) -> list[str]:
    return [line.partition(" : ")[2] for line in log_lines(spool) if line.startswith("WARN")]


def send(build: Build, content: bytes = b"PK", **details: Any) -> dict[str, Any]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        transfers = build.transfers()
        try:
            return transfers.upload("coverage", {"stage": "stage1", **details}, file.fileno(), len(content))
        finally:
            transfers.close()


def told(build: Build, coverage: Coverage = LINES) -> None:
    """The figures come, by their own way."""
    with build.server.services.database.write() as session:
        keep_coverage(session, session.get_one(Run, build.run_id), "stage1", coverage)


def metrics(build: Build) -> list[Any]:
    path = f"/v1/report/{build.task_id}/{build.number}/coverage/metrics"
    return build.server.http.get(path).json()["result"]["stages"]


def archives(build: Build) -> list[str]:
    """What lies in the object store."""
    build.server.services.transfers.sweeper.sweep()
    with build.server.services.database.read() as session:
        tenant = session.get_one(Run, build.run_id).tenant_id
    folder = build.server.services.settings.data / "objects" / "coverages" / tenant
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@needs_python
def test_the_pages_beside_the_figures_are_downloaded_as_they_were_written(
    attempts: Attempts, build: Build
) -> None:
    spool = run(attempts, build, PAGES + write("target/site/jacoco/jacoco.xml", JACOCO))
    assert unpacked(build) == {
        "index.html": b"<p>all</p>",
        "app/index.html": b"<p>app</p>",
        "jacoco.xml": JACOCO.encode(),
    }
    assert [one["stage"] for one in covered(spool)] == ["stage1"]
    assert any(": the coverage report for people is kept: 3 files, " in line for line in log_lines(spool))
    assert warnings(spool) == ["no test report: the command wrote no file that matches '**/TEST*.xml'"]


@needs_python
def test_pages_of_several_modules_keep_their_folders_and_come_without_figures_too(
    attempts: Attempts, build: Build
) -> None:
    command = write("a*/htmlcov/index.html", "a") + write("b/htmlcov/index.html", "b")
    command += write("ab/htmlcov/style.css", "no index") + write("index.html", "above")
    run(attempts, build, command, coverageReportPath="**/htmlcov, *.html")
    assert unpacked(build) == {"a*/htmlcov/index.html": b"a", "b/htmlcov/index.html": b"b"}


@needs_python
def test_links_pipes_and_names_that_others_would_misread_stay_out(attempts: Attempts, build: Build) -> None:
    command = PAGES + (
        "mkdir elsewhere; echo secret >elsewhere/index.html; ln -s elsewhere htmlcov\n"
        "cd target/site/jacoco; ln -s /etc/passwd passwd.html; ln -s /etc etc; mkfifo pipe.html\n"
        "touch '..\\up.html' C:drive.html $'\\xff.html' $'new\\nline.html'"
    )
    run(attempts, build, command, coverageReportPath="htmlcov, **/site/jacoco")
    assert unpacked(build) == {"index.html": b"<p>all</p>", "app/index.html": b"<p>app</p>"}


@needs_python
@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (
            "truncate -s 250M target/site/jacoco/large.html; cp target/site/jacoco/large.html target/site/jacoco/2",
            "MiB",
        ),
        ("cd target/site/jacoco; seq 20001 | xargs touch", "it has more than 20000 files"),
        (
            "for i in $(seq 201); do mkdir -p $i/site/jacoco; touch $i/site/jacoco/index.html; done",
            "200 folders",
        ),
    ],
)
def test_too_much_is_one_warning_and_the_build_goes_on(
    attempts: Attempts, build: Build, more: str, reason: str
) -> None:
    spool = run(attempts, build, PAGES + write("TEST.xml", "<testsuite><testcase/></testsuite>") + more)
    said = [line for line in warnings(spool) if "for people is not kept: " in line]
    assert len(said) == 1
    assert reason in said[0]
    assert listed(build) == []


@needs_python
def test_pages_that_cannot_be_sent_are_one_warning(attempts: Attempts, build: Build) -> None:
    build.change(lease_expires_at=1)
    spool = run(attempts, build, PAGES)
    assert "the coverage report for people is not kept: the lease of this run is over" in "".join(
        warnings(spool)
    )
    spool, report = attempts.run(step(PAGES, **WANTED))
    assert report["outcome"] == "success"
    said = [line for line in warnings(spool) if "for people is not kept: " in line]
    assert len(said) == 1
    assert "does not know the server's address" in said[0]
    left = {path.name for folder in attempts.base.glob("work*") for path in folder.iterdir()}
    assert left <= {"workspace", "home", "tmp"}


@needs_python
def test_pages_that_were_there_before_the_command_are_not_sent(attempts: Attempts, build: Build) -> None:
    spool, _ = attempts.run(step(PAGES), step("true", **WANTED))
    assert not any("for people" in line for line in log_lines(spool))


@needs_python
def test_of_a_lost_attempt_nothing_is_shown(attempts: Attempts, build: Build) -> None:
    run(attempts, build, PAGES)
    lost = listed(build)[0].root_id
    with build.server.services.database.write() as session:
        begun_again(session, session.get_one(Run, build.run_id))
    build.next_attempt()
    assert listed(build) == []
    assert lost not in archives(build)
    run(attempts, build, write("target/site/jacoco/index.html", "second"))
    assert unpacked(build) == {"index.html": b"second"}
    assert lost != listed(build)[0].root_id


@pytest.mark.parametrize("first", ["figures", "pages"])
def test_figures_and_pages_come_in_any_order(build: Build, first: str) -> None:
    works = [lambda: told(build), lambda: send(build, b"PK")]
    for work in works if first == "figures" else reversed(works):
        work()
    (stage,) = metrics(build)
    assert stage["lines"]["total"] == 4
    assert [(one.stage_name, one.root_id) for one in listed(build)] == [("stage1", stage["root_id"])]
    assert download(build, stage["root_id"]) == b"PK"


def test_an_archive_that_is_sent_again_replaces_the_first(build: Build) -> None:
    for content in (b"PK1", b"PK2"):
        send(build, content)
    (one,) = listed(build)
    assert download(build, one.root_id) == b"PK2"
    assert archives(build) == [one.root_id]


@pytest.mark.parametrize("stage", ["other", None, 7, ["stage1"], "x" * 100])
def test_only_stages_of_the_build_have_archives(build: Build, stage: Any) -> None:
    with pytest.raises(TransferError, match="must be a stage of the build"):
        send(build, stage=stage)
    assert listed(build) == []


def test_archives_have_a_size(build: Build) -> None:
    for size in (0, coverage_pages.MAX_BYTES + 1):
        body = {"kind": "coverage", "size": size, "details": {"stage": "stage1"}}
        answer = build.server.http.post("/agent/uploads", json=body, headers=build.headers)
        assert (answer.status_code, answer.json()["error_msg"][:4]) == (400, "size")
