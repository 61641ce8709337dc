"""Reports of builds are kept by stage, shown to those who may view the task, and go with their build."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from bottega.audit.events import AuditName
from bottega.audit.tables import AuditEvent
from bottega.build.flows.tables import FlowJob
from bottega.build.reports.errors import ReportUnreadable
from bottega.build.reports.figures import Counter, Coverage, UnitTests, add_coverage, add_tests
from bottega.build.reports.housekeeping import DAY_MS
from bottega.build.reports.service import ReportService
from bottega.build.reports.tables import CoverageReport, UnitTestReport
from bottega.build.service import BuildService
from bottega.clock import epoch_ms
from bottega.errors import Forbidden, Invalid, NotFound
from bottega.iam.principal import Principal
from bottega.ids import new_uuid
from bottega.runs.tables import Run
from bottega.store.objects import Objects
from bottega.transfers.doomed import Sweeper
from tests.build.permissions.people import colleague
from tests.build.statistics.histories import past_runs

TESTS = UnitTests(success=4, failures=1, execution_ms=381)
COVERED = Coverage(lines=Counter(covered=2, total=3), branches=Counter(covered=0, total=0))
SPEC = {"steps": [{"key": key} for key in ("stage1", "stage2", "stage10")]}


@pytest.fixture
def run_id(builds: BuildService, alice: Principal, task_id: str) -> str:
    """Build 1 of the task, with three stages."""
    return past_runs(builds.database, alice, task_id, [{"spec": SPEC}])[0]


def test_a_build_without_reports_has_none(
    reports: ReportService, alice: Principal, task_id: str, run_id: str
) -> None:
    assert reports.tests(alice, task_id, 1) == []
    assert reports.coverage(alice, task_id, 1) == []
    with pytest.raises(NotFound, match=r"^coverage report abc does not exist$"):
        reports.archive(alice, task_id, 1, "abc")


def test_stages_come_in_the_order_of_the_build_and_the_last_report_of_each_counts(
    reports: ReportService, alice: Principal, task_id: str, run_id: str
) -> None:
    for stage in ("stage10", "stage2"):
        reports.store_tests(alice, run_id, stage, UnitTests(errors=9))
        reports.store_tests(alice, run_id, stage, TESTS)
        reports.store_coverage(alice, run_id, stage, Coverage(), iter([b"first"]))
        reports.store_coverage(alice, run_id, stage, COVERED, iter([b"PK", b"", b"second"]))
    found = reports.tests(alice, task_id, 1)
    assert [(one.stage, one.tests) for one in found] == [("stage2", TESTS), ("stage10", TESTS)]
    coverage = reports.coverage(alice, task_id, 1)
    assert [(one.stage, one.coverage, one.has_archive) for one in coverage] == [
        ("stage2", COVERED, True),
        ("stage10", COVERED, True),
    ]
    assert b"".join(reports.archive(alice, task_id, 1, coverage[0].root_id)) == b"PKsecond"
    assert reports.coverage(alice, task_id, 1, coverage[1].root_id) == coverage[1:]
    assert len({one.root_id for one in coverage}) == 2


def test_a_flow_has_the_reports_of_its_jobs(
    builds: BuildService, reports: ReportService, alice: Principal, task_id: str
) -> None:
    flow, first, second = past_runs(
        builds.database, alice, task_id, [{"spec": {"steps": []}}, *[{"spec": SPEC}] * 2]
    )
    with builds.database.write() as session:
        for position, (name, job) in enumerate([("unit", second), ("web", first)], 1):
            session.add(
                FlowJob(flow_id=flow, position=position, name=name, depends_on=[], run_id=job, planned={})
            )
    for job in (first, second):
        for stage in ("stage10", "stage1"):
            reports.store_tests(alice, job, stage, TESTS)
        reports.store_coverage(alice, job, "stage1", COVERED, iter([job.encode()]))
    names = ["unit/stage1", "unit/stage10", "web/stage1", "web/stage10"]
    assert [one.stage for one in reports.tests(alice, task_id, 1)] == names
    assert add_tests(one.tests for one in reports.tests(alice, task_id, 1)).total == 20
    covered = reports.coverage(alice, task_id, 1)
    assert [one.stage for one in covered] == ["unit/stage1", "web/stage1"]
    assert b"".join(reports.archive(alice, task_id, 1, covered[0].root_id)) == second.encode()


def test_an_archive_of_many_pieces_comes_back_whole(
    reports: ReportService,
    alice: Principal,
    task_id: str,
    run_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bottega.store.objects.PIECE_BYTES", 10)
    for size in (1, 10, 11, 35):
        content = bytes(range(size))
        reports.store_coverage(alice, run_id, "stage1", COVERED, iter([content]))
        (one,) = reports.coverage(alice, task_id, 1)
        pieces = list(reports.archive(alice, task_id, 1, one.root_id))
        assert b"".join(pieces) == content
        assert max(map(len, pieces)) <= 10


def test_an_archive_that_is_replaced_during_a_download_is_never_mixed_with_the_new_one(
    builds: BuildService,
    reports: ReportService,
    objects: Objects,
    alice: Principal,
    task_id: str,
    run_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bottega.store.objects.PIECE_BYTES", 2)
    reports.store_coverage(alice, run_id, "stage1", COVERED, iter([b"oldold"]))
    root = reports.coverage(alice, task_id, 1)[0].root_id
    whole, broken = (reports.archive(alice, task_id, 1, root) for _ in range(2))
    assert next(whole) + next(broken) == b"olol"
    reports.store_coverage(alice, run_id, "stage1", COVERED, iter([b"newnew"]))
    assert b"".join(whole) == b"dold"
    assert Sweeper(builds.database, objects).sweep() == 1
    with pytest.raises(FileNotFoundError):
        next(broken)
    with pytest.raises(NotFound):
        reports.archive(alice, task_id, 1, root)
    (one,) = reports.coverage(alice, task_id, 1)
    assert b"".join(reports.archive(alice, task_id, 1, one.root_id)) == b"newnew"


def test_an_archive_that_is_too_large_or_breaks_off_is_not_kept(
    reports: ReportService,
    objects: Objects,
    alice: Principal,
    task_id: str,
    run_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaking() -> Iterator[bytes]:
        yield b"PK"
        raise ConnectionResetError

    monkeypatch.setattr("bottega.build.reports.archives.MAX_BYTES", 10)
    with pytest.raises(ReportUnreadable, match="more than 10 bytes"):
        reports.store_coverage(alice, run_id, "stage1", COVERED, iter([b"x" * 6] * 2))
    with pytest.raises(ConnectionResetError):
        reports.store_coverage(alice, run_id, "stage1", COVERED, breaking())
    (one,) = reports.coverage(alice, task_id, 1)
    assert (one.coverage, one.has_archive) == (COVERED, False)
    assert objects.list() == []


def test_figures_that_cannot_be_and_stages_that_are_not_are_refused(
    reports: ReportService, alice: Principal, bob: Principal, task_id: str, run_id: str
) -> None:
    for tests in (
        UnitTests(success=-1),
        UnitTests(execution_ms=2**31),
        UnitTests(success=2**30, others=2**30),
    ):
        with pytest.raises(ReportUnreadable):
            reports.store_tests(alice, run_id, "stage1", tests)
    for counter in (
        Counter(covered=2, total=1),
        Counter(covered=-1, total=1),
        Counter(covered=0, total=2**31),
    ):
        with pytest.raises(ReportUnreadable, match=r"^report: methods: "):
            reports.store_coverage(alice, run_id, "stage1", Coverage(methods=counter))
    with pytest.raises(Invalid, match=r"^stage: "):
        reports.store_tests(alice, run_id, "stage3", TESTS)
    for who, unknown in ((bob, run_id), (alice, new_uuid())):
        with pytest.raises(NotFound, match=f"^record {unknown} does not exist$"):
            reports.store_tests(who, unknown, "stage1", TESTS)
    with pytest.raises(Invalid, match=r"^root_id: "):
        reports.archive(alice, task_id, 1, "../secrets")
    assert reports.tests(alice, task_id, 1) == []


def test_reports_are_for_those_who_may_view_the_task(
    builds: BuildService, reports: ReportService, alice: Principal, bob: Principal, task_id: str, run_id: str
) -> None:
    reports.store_coverage(alice, run_id, "stage1", COVERED, iter([b"PK"]))
    root = reports.coverage(alice, task_id, 1)[0].root_id
    stranger = colleague(builds.database, alice, "stranger", frozenset())
    calls: list[Any] = [
        lambda who: reports.tests(who, task_id, 1),
        lambda who: reports.coverage(who, task_id, 1),
        lambda who: reports.coverage(who, task_id, 1, root),
        lambda who: reports.archive(who, task_id, 1, root),
    ]
    for call in calls:
        call(alice)
        with pytest.raises(NotFound, match=f"^build task {task_id} does not exist$"):
            call(bob)
        with pytest.raises(Forbidden):
            call(stranger)
    with pytest.raises(NotFound, match=r"^build 2 does not exist$"):
        reports.tests(alice, task_id, 2)


def test_keeping_a_report_is_noted_in_the_audit_trail(
    builds: BuildService, reports: ReportService, alice: Principal, task_id: str, run_id: str
) -> None:
    reports.store_tests(alice, run_id, "stage2", TESTS)
    with builds.database.read() as session:
        query = select(AuditEvent).where(AuditEvent.name == AuditName.UPLOAD_REPORT)
        event = session.scalars(query).one()
    assert (event.resource_id, event.detail) == (task_id, "build 1: 5 tests of stage2")


def test_archives_go_when_their_time_is_over_and_figures_stay(
    builds: BuildService,
    reports: ReportService,
    objects: Objects,
    alice: Principal,
    task_id: str,
    run_id: str,
) -> None:
    for stage in ("stage1", "stage2"):
        reports.store_coverage(alice, run_id, stage, COVERED, iter([b"PK"]))
    with builds.database.write() as session:
        old = update(CoverageReport).where(CoverageReport.stage == "stage1")
        session.execute(old.values(created_at=epoch_ms() - 3 * DAY_MS))
    assert reports.housekeeping.delete_expired(2) == 1
    assert reports.housekeeping.delete_expired(2) == 0
    found = reports.coverage(alice, task_id, 1)
    assert [(one.stage, one.has_archive) for one in found] == [("stage1", False), ("stage2", True)]
    with pytest.raises(NotFound):
        reports.archive(alice, task_id, 1, found[0].root_id)
    assert len(objects.list("coverages")) == 2
    assert Sweeper(builds.database, objects).sweep() == 1
    assert len(objects.list("coverages")) == 1


def test_an_archive_that_vanished_is_one_that_does_not_exist(
    reports: ReportService, objects: Objects, alice: Principal, task_id: str, run_id: str
) -> None:
    reports.store_coverage(alice, run_id, "stage1", COVERED, iter([b"PK"]))
    for key in objects.list("coverages"):
        objects.delete(key)
    root = reports.coverage(alice, task_id, 1)[0].root_id
    with pytest.raises(NotFound):
        reports.archive(alice, task_id, 1, root)


def test_reports_go_with_their_build(
    builds: BuildService, reports: ReportService, objects: Objects, alice: Principal, run_id: str
) -> None:
    reports.store_tests(alice, run_id, "stage1", TESTS)
    reports.store_coverage(alice, run_id, "stage1", COVERED, iter([b"PK"]))
    reports.housekeeping.remove(alice.tenant_id, run_id)
    assert objects.list() == []
    with builds.database.write() as session:
        session.execute(delete(Run).where(Run.id == run_id))
    with builds.database.read() as session:
        for table in (UnitTestReport, CoverageReport):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_figures_are_added_up() -> None:
    assert add_tests([]) == UnitTests()
    assert add_tests([TESTS, UnitTests(errors=1, others=2, execution_ms=2**31 - 1)]) == UnitTests(
        success=4, failures=1, errors=1, others=2, execution_ms=2**31 - 1
    )
    assert add_coverage([]) == Coverage()
    other = Coverage(lines=Counter(covered=1, total=7), classes=Counter(covered=1, total=1))
    assert add_coverage([COVERED, other]) == Coverage(
        lines=Counter(covered=3, total=10),
        branches=Counter(covered=0, total=0),
        classes=Counter(covered=1, total=1),
    )
    assert [Counter(covered=2, total=3).ratio, Counter(covered=0, total=0).ratio] == [66.67, None]
