"""What becomes of issues from scan to scan."""

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from bottega.check.errors import UnknownScan
from bottega.check.gates.gate import judge
from bottega.check.issues import storing
from bottega.check.issues.deciding import GRACE_MS
from bottega.check.issues.errors import TooManyIssues
from bottega.check.issues.remembered import REOPEN_MS
from bottega.check.issues.states import FILE_DELETED, NOT_ANALYSED, RULE_DISABLED, IssueStatus
from bottega.check.issues.storing import IssueStore
from bottega.check.issues.tables import CheckDuplicate, CheckFile, CheckIssue
from bottega.check.scanning.plan import UNCHANGED, DuplicateBlock, EngineReport, Place
from bottega.check.tasks.settings import Gate, TaskSettings
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.iam.principal import Principal
from bottega.iam.tables import User
from bottega.ids import new_hex
from bottega.store.database import Database
from tests.check.issues.looking import events, issues, say, statuses
from tests.check.making import Scans, finding, new_scan, new_task, result, scanned

OPEN, RESOLVED, IGNORED, REOPENED = (
    IssueStatus.OPEN,
    IssueStatus.RESOLVED,
    IssueStatus.IGNORED,
    IssueStatus.REOPENED,
)
FIXED, GONE = IssueStatus.FIXED, IssueStatus.GONE


def test_a_first_scan_makes_an_issue_of_each_finding(scans_everywhere: Scans) -> None:
    scans = scans_everywhere
    stored = scans(result([finding(line=2, severity=0), finding(line=1), finding("src/b.py", severity=3)]))
    found = issues(scans)
    assert [(one.number, one.path, one.line) for one in found] == [
        (1, "src/a.py", 1),
        (2, "src/a.py", 2),
        (3, "src/b.py", 1),
    ]
    assert all(one.is_new and one.status == OPEN and one.engine == "demo" for one in found)
    assert stored.counts == [1, 0, 1, 1]
    assert stored.figures["issues"] == stored.figures["new_issues"] == 3
    assert stored.figures["top_rules"] == [["demo:one", 3]]
    assert (stored.figures["lines"], stored.figures["files"], stored.figures["complexity"]) == (20, 2, 12)
    assert found[0].details["fragment"] == [[1, "statement_number(1)"]]


def test_what_was_there_before_is_not_new_and_keeps_its_id(scans: Scans) -> None:
    scans(result([finding(line=1)]))
    first = issues(scans)[0]
    stored = scans(result([finding(line=5, statement="statement_number_1"), finding(line=9)]))
    same, other = issues(scans)
    assert (same.id, same.line, same.is_new) == (first.id, 5, False)
    assert (other.number, other.is_new) == (2, True)
    assert stored.figures["new_issues"] == 1


def test_what_is_new_counts_from_a_date_if_the_task_has_one(
    sqlite_database: Database, alice: Principal, project_id: str
) -> None:
    scans = Scans(
        sqlite_database, new_task(sqlite_database, alice, project_id, settings=TaskSettings(new_since=1))
    )
    for _ in range(2):
        scans(result([finding()]))
    assert issues(scans)[0].is_new


def test_what_is_not_found_any_more_is_fixed(scans: Scans) -> None:
    scans(result([finding()]))
    stored = scans(result(files=[scanned(content="mended")]))
    (one,) = issues(scans)
    assert one.status == FIXED
    assert one.closed_at is not None
    assert events(scans, one.id) == [(FIXED, "check 2: fixed")]
    assert (stored.counts, stored.figures["became_fixed"]) == ([0, 0, 0, 0], 1)


@pytest.mark.parametrize(
    ("files", "rules", "reason"),
    [
        ([], {}, FILE_DELETED),
        ([scanned(engines=(), skipped="too long")], {}, NOT_ANALYSED),
        ([scanned(unread={"demo": "no Python"})], {}, NOT_ANALYSED),
        ([scanned()], {"rules": {"demo:other": ""}}, RULE_DISABLED),
    ],
)
def test_what_was_not_looked_for_is_not_fixed(scans: Scans, files: list, rules: dict, reason: str) -> None:
    scans(result([finding()]))
    scans(result(files=files), rules)
    (one,) = issues(scans)
    assert (one.status, one.gone_reason) == (GONE, reason)
    scans(result([finding()]))
    assert issues(scans)[0].id == one.id
    assert statuses(scans) == [REOPENED if reason == FILE_DELETED else OPEN]


def test_what_was_called_resolved_is_reopened_once_although_it_was_not_looked_for_meanwhile(
    scans: Scans,
) -> None:
    scans(result([finding()]))
    say(scans.database, issues(scans)[0].id, RESOLVED)
    for status in (REOPENED, OPEN):
        scans(result(files=[scanned(engines=(), skipped="too long")]))
        scans(result([finding()]))
        assert statuses(scans) == [status]


def test_what_was_new_is_not_new_after_the_next_check_whatever_that_has_seen(scans: Scans) -> None:
    scans(result([finding("src/a.py"), finding("src/b.py"), finding("src/c.py")]))
    scans(result([finding("src/a.py")], [scanned("src/a.py"), scanned("src/b.py", "mended")], whole=False))
    assert statuses(scans) == [OPEN, FIXED, OPEN]
    assert [one.is_new for one in issues(scans)] == [False, False, False]


@pytest.mark.parametrize("state", ["failed", "missing"])
def test_an_engine_that_did_not_work_mends_nothing(scans: Scans, state: str) -> None:
    scans(result([finding()]))
    stored = scans(result(engines=[EngineReport(engine="demo", state=state, reason="crashed")]))
    assert statuses(scans) == [GONE]
    assert not stored.coverage["complete"]


def test_what_could_not_be_looked_at_is_fixed_once_it_was(scans: Scans) -> None:
    scans(result([finding()]))
    scans(result(files=[scanned(engines=(), skipped="too long")]))
    scans(result())
    assert statuses(scans) == [FIXED]


@pytest.mark.parametrize(
    "settings", [{"ignore": ["src"]}, {"ignore": ["src/*.py"]}, {"ignore": ["*/a.py"]}, {"include": ["lib"]}]
)
def test_what_a_task_leaves_out_is_not_deleted(
    sqlite_database: Database, alice: Principal, project_id: str, settings: dict
) -> None:
    scans = Scans(sqlite_database, new_task(sqlite_database, alice, project_id))
    scans(result([finding()]))
    with sqlite_database.write() as session:
        session.get_one(CheckTask, scans.task_id).settings = settings
    scans(result(files=[]))
    assert issues(scans)[0].gone_reason == NOT_ANALYSED


def test_a_file_that_was_perhaps_not_listed_is_not_called_deleted(scans: Scans) -> None:
    scans(result([finding()]))
    scans(result(files=[scanned("src/b.py", "src/a.py")], complete=False))
    assert [(one.path, one.gone_reason) for one in issues(scans)] == [("src/a.py", NOT_ANALYSED)]


def test_a_scan_of_some_files_says_nothing_of_the_others(scans_everywhere: Scans) -> None:
    scans = scans_everywhere
    scans(result([finding("src/a.py"), finding("src/b.py"), finding("src/c.py")]))
    files = [scanned("src/a.py", "new"), scanned("src/b.py", engines=(), skipped="too long")]
    scans(result(files=files, whole=False))
    assert statuses(scans) == [FIXED, OPEN, OPEN]
    with scans.database.read() as session:
        assert len(session.scalars(select(CheckFile)).all()) == 3


@pytest.mark.parametrize("complete", [True, False])
def test_a_file_that_moved_is_followed_by_a_scan_of_some_files_that_has_seen_them_all(
    scans: Scans, complete: bool
) -> None:
    short = finding("src/a.py", statement="x=1", scope="")
    scans(result([short], files=[scanned("src/a.py", "moves"), scanned("src/b.py")]))
    moved = replace(short, path="lib/a.py")
    other = scanned("src/b.py", engines=(), skipped=UNCHANGED)
    scans(result([moved], [scanned("lib/a.py", "moves"), other], whole=False, complete=complete))
    assert [(one.path, one.status) for one in issues(scans)] == (
        [("lib/a.py", OPEN)] if complete else [("src/a.py", OPEN), ("lib/a.py", OPEN)]
    )


def test_ignored_issues_stay_ignored_also_when_they_were_away(scans_everywhere: Scans) -> None:
    scans = scans_everywhere
    scans(result([finding()]))
    say(scans.database, issues(scans)[0].id, IGNORED, "by design")
    stored = scans(result([finding(line=7, statement="statement_number_1")]))
    assert statuses(scans) == [IGNORED]
    assert stored.counts == [0, 0, 0, 0]
    scans(result(files=[scanned(content="mended")]))
    assert statuses(scans) == [FIXED]
    scans(result([finding()]))
    assert statuses(scans) == [IGNORED]
    assert issues(scans)[0].comment == "by design"


def test_what_somebody_called_resolved_is_reopened_when_it_is_found(scans: Scans) -> None:
    scans(result([finding()]))
    say(scans.database, issues(scans)[0].id, RESOLVED)
    scans(result([finding()]))
    assert statuses(scans) == [REOPENED]
    say(scans.database, issues(scans)[0].id, RESOLVED)
    scans(result(files=[scanned(content="mended")]))
    assert statuses(scans) == [FIXED]


def test_a_fixed_issue_that_comes_back_is_the_same_for_ninety_days(scans: Scans) -> None:
    scans(result([finding()]))
    scans(result(files=[scanned(content="mended")]))
    scans(result([finding()]))
    assert statuses(scans) == [REOPENED]
    assert issues(scans)[0].is_new
    scans(result(files=[scanned(content="mended")]))
    with scans.database.write() as session:
        session.execute(update(CheckIssue).values(closed_at=CheckIssue.closed_at - REOPEN_MS))
    scans(result([finding()]))
    assert statuses(scans) == [FIXED, OPEN]


def test_issues_ignored_in_another_task_of_the_branch_are_ignored(
    sqlite_database: Database, alice: Principal, project_id: str, scans: Scans
) -> None:
    scans(result([finding(), finding(line=2)]))
    say(sqlite_database, issues(scans)[0].id, IGNORED, "generated code")
    other = Scans(sqlite_database, new_task(sqlite_database, alice, project_id))
    other(result([finding(), finding(line=2)]))
    assert statuses(other) == [IGNORED, OPEN]
    assert issues(other)[0].comment == "generated code"
    elsewhere = Scans(sqlite_database, new_task(sqlite_database, alice, project_id, branch="old"))
    elsewhere(result([finding()]))
    assert statuses(elsewhere) == [OPEN]


def test_what_is_ignored_in_another_task_is_ignored_in_one_that_had_it_already(
    sqlite_database: Database, alice: Principal, project_id: str, scans: Scans
) -> None:
    found = result([finding(line=line) for line in (1, 2, 3)])
    other = Scans(sqlite_database, new_task(sqlite_database, alice, project_id))
    scans(found)
    other(found)
    first, second, _ = issues(scans)
    say(sqlite_database, first.id, IGNORED, "generated code", at=2)
    say(sqlite_database, second.id, IGNORED, "generated code", at=2)
    say(sqlite_database, issues(other)[1].id, OPEN, "not this one", at=3)
    other(found)
    assert statuses(other) == [IGNORED, OPEN, OPEN]
    (told, *_) = issues(other)
    assert (told.comment, told.status_at) == ("generated code", 2)
    assert events(other, told.id)[-1] == (IGNORED, "check 2: ignored in another task")
    # Whoever takes that back has the last word.
    say(sqlite_database, told.id, OPEN, at=4)
    other(found)
    assert statuses(other) == [OPEN, OPEN, OPEN]


def test_a_new_branch_begins_with_what_was_said_on_the_default_branch(
    sqlite_database: Database, alice: Principal, project_id: str, scans: Scans
) -> None:
    scans(result([finding(line=line) for line in (1, 2, 3)]))
    say(sqlite_database, issues(scans)[0].id, IGNORED)
    say(sqlite_database, issues(scans)[1].id, RESOLVED)
    branch = Scans(
        sqlite_database,
        new_task(sqlite_database, alice, project_id, parent_id=scans.task_id, branch="feature"),
    )
    branch(result([finding(line=line) for line in (1, 2, 3, 4)]))
    assert statuses(branch) == [IGNORED, OPEN, OPEN, OPEN]
    assert [one.is_new for one in issues(branch)] == [False, False, False, True]


def test_findings_that_say_so_are_ignored_from_the_first_day(scans: Scans) -> None:
    scans(result([finding(suppressed="accepted in review")]))
    (one,) = issues(scans)
    assert (one.status, one.comment) == (IGNORED, "accepted in review")


def test_what_somebody_said_of_an_ignored_issue_is_kept_beside_what_the_code_says(
    sqlite_database: Database, alice: Principal, project_id: str, scans: Scans
) -> None:
    scans(result([finding()]))
    say(sqlite_database, issues(scans)[0].id, IGNORED, "generated code")
    other = Scans(sqlite_database, new_task(sqlite_database, alice, project_id))
    other(result([finding(suppressed="noqa")]))
    assert [(one.status, one.comment) for one in issues(other)] == [(IGNORED, "generated code")]


def engine(version: str) -> list[EngineReport]:
    return [EngineReport(engine="demo", state="done", version=version)]


@pytest.mark.parametrize(("content", "version"), [("edited", "1.0"), ("", "2.0")])
def test_the_code_around_an_issue_is_what_the_newest_check_has_seen(
    scans: Scans, content: str, version: str
) -> None:
    scans(result([finding(fragment=((1, "before"),))], engines=engine("1.0")))
    after = [finding(fragment=((1, "after"),))]
    scans(result(after, [scanned(content=content)], engines=engine(version)))
    (one,) = issues(scans)
    assert one.details["fragment"] == [[1, "after"]]


def test_what_an_engine_finds_only_since_its_update_is_deferred_for_sixty_days(scans: Scans) -> None:
    scans(result([finding()], engines=engine("1.0")))
    found = [finding(), finding(line=2), finding("src/new.py", 3)]
    stored = scans(result(found, engines=engine("2.0")))
    assert [one.deferred for one in issues(scans)] == [False, True, False]
    assert (stored.counts, stored.figures["deferred_issues"]) == ([0, 0, 2, 0], 1)
    stored = scans(result(found, engines=engine("2.0")))
    assert [one.deferred for one in issues(scans)] == [False, True, False]
    with scans.database.write() as session:
        session.execute(update(CheckIssue).values(deferred_at=CheckIssue.deferred_at - GRACE_MS))
    stored = scans(result(found, engines=engine("2.0")))
    assert stored.counts == [0, 0, 3, 0]


def test_what_is_found_only_by_other_settings_of_the_rule_is_deferred(scans: Scans) -> None:
    scans(result([finding()]), {"rules": {"demo:one": "a"}})
    scans(result([finding(), finding(line=2)]), {"rules": {"demo:one": "b"}})
    assert [one.deferred for one in issues(scans)] == [False, True]


def test_what_changed_code_brings_is_never_deferred(scans: Scans) -> None:
    scans(result([finding()], engines=engine("1.0")))
    files = [scanned(content="edited")]
    scans(result([finding(), finding(line=2)], files, engines=engine("2.0")))
    assert not any(one.deferred for one in issues(scans))


def test_an_edited_statement_keeps_its_triage_and_counts_as_new(scans: Scans) -> None:
    before = finding(statement="asserttotalfirstsecondthird==limit.of.account")
    scans(result([before]))
    say(scans.database, issues(scans)[0].id, IssueStatus.REVIEW)
    after = finding(
        line=4, statement="asserttotalfirstsecondthird==limit.of.owner", line_hash="a" * 16, message="b"
    )
    scans(result([after], [scanned(content="edited")]))
    (one,) = issues(scans)
    assert (one.status, one.edited, one.is_new) == (IssueStatus.REVIEW, True, True)
    scans(result([after], [scanned(content="edited")]))
    (one,) = issues(scans)
    assert (one.status, one.edited, one.is_new) == (IssueStatus.REVIEW, False, False)


def test_the_owner_is_the_user_who_wrote_the_line(
    sqlite_database: Database, alice: Principal, project_id: str, scans: Scans
) -> None:
    with sqlite_database.write() as session:
        session.add(
            User(
                id=new_hex(),
                tenant_id=alice.tenant_id,
                number=7,
                name="grace",
                email="Grace@example.com",
                password_hash="",
                created_at=1,
            )
        )
    found = [
        finding(line=1, author="G. H.", author_email="grace@example.com"),
        finding(line=2, author="somebody", author_email="x@example.com"),
    ]
    scans(result(found))
    assert [one.owner for one in issues(scans)] == ["grace", ""]
    without = new_task(sqlite_database, alice, project_id, settings=TaskSettings(owner_matching=False))
    other = Scans(sqlite_database, without)
    other(result(found))
    assert [one.owner for one in issues(other)] == ["", ""]


def test_storing_a_scan_again_changes_nothing(scans_everywhere: Scans) -> None:
    scans = scans_everywhere
    scan_id = new_scan(scans.database, scans.task_id)
    first = scans.store.store(scan_id, result([finding()]), {})
    assert scans.store.store(scan_id, result([finding(), finding(line=2)]), {}) == first
    assert len(issues(scans)) == 1


def test_a_change_by_somebody_while_a_scan_is_compared_is_not_lost(
    scans: Scans, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans(result([finding()]))
    issue_id = issues(scans)[0].id
    decide = storing.decide
    calls = 0

    def interrupted(*given):
        nonlocal calls
        calls += 1
        if calls == 1:
            say(scans.database, issue_id, IGNORED)
        return decide(*given)

    monkeypatch.setattr(storing, "decide", interrupted)
    scans(result([finding(line=3, statement="statement_number_1")]))
    assert calls == 2
    assert statuses(scans) == [IGNORED]


def test_more_issues_than_can_be_stored_are_refused_with_the_loudest_rules(
    scans: Scans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "MAX_ISSUES", 3)
    found = [finding(line=line, rule="demo:loud" if line > 1 else "demo:calm") for line in range(1, 5)]
    with pytest.raises(TooManyIssues, match=r"CC\.00070400\.500: 4 issues .* demo:loud 3, demo:calm 1"):
        scans(result(found))
    assert issues(scans) == []


def test_an_issue_of_a_rule_that_has_another_name_by_now_is_the_same(scans: Scans) -> None:
    scans.store = IssueStore(scans.database, lambda: {"demo:former": "demo:present"})
    scans(result([finding(line=1, rule="demo:former"), finding(line=2, rule="demo:former")]))
    still, mended = issues(scans)
    stored = scans(result([finding(line=1, rule="demo:present")]), {"rules": {"demo:present": ""}})
    assert [(one.id, one.rule, one.status, one.is_new) for one in issues(scans)] == [
        (still.id, "demo:present", OPEN, False),
        (mended.id, "demo:former", FIXED, False),
    ]
    assert stored.figures["new_issues"] == 0


def test_an_unknown_scan_is_refused(sqlite_database: Database) -> None:
    with pytest.raises(UnknownScan):
        IssueStore(sqlite_database).store("0" * 32, result(), {})


def test_hostile_texts_and_numbers_are_stored_within_bounds(scans_everywhere: Scans) -> None:
    scans = scans_everywhere
    path = "src/" + "ü" * 5000
    hostile = finding(
        path,
        rule="demo:" + "r" * 500,
        message="a\0b" * 3000,
        scope="s" * 5000,
        severity=-5,
        column=2**40,
        end_line=-1,
        author="\0" * 300,
        line_hash="f" * 99,
        fragment=((1, "x\0"),),
    )
    for _ in range(2):
        scans(result([hostile, hostile], [scanned(path, skipped="\0" * 2000)]))
    (one,) = issues(scans)
    assert (one.severity, one.end_line, len(one.rule)) == (0, 0, 160)
    assert one.status == OPEN


def test_files_and_duplicates_are_those_of_the_newest_scan(scans_everywhere: Scans) -> None:
    scans = scans_everywhere
    block = DuplicateBlock(lines=12, places=(Place(path="a.py", line=1, end_line=12),) * 2)
    scans(result(files=[scanned("a.py"), scanned("b.py")], duplicates=[block, block]))
    files = [scanned("a.py", engines=(), skipped="too long"), scanned("c.py")]
    scans(result(files=files, duplicates=[block]))
    with scans.database.read() as session:
        kept = {one.path: one.skipped for one in session.scalars(select(CheckFile))}
        places = [one.places for one in session.scalars(select(CheckDuplicate))]
    assert kept == {"a.py": "too long", "c.py": ""}
    assert places == [[["a.py", 1, 12], ["a.py", 1, 12]]]


def test_coverage_says_what_was_missed_and_why(scans: Scans) -> None:
    files = [
        scanned("a.py"),
        scanned("b.py", unread={"demo": "line 3: no Python"}),
        scanned("c.js", languages=("JAVASCRIPT",), engines=(), skipped="the task does not check JAVASCRIPT"),
    ]
    asked = {"languages": {"PYTHON": ["demo"]}}
    stored = scans(result(files=files, others=4), asked)
    assert not stored.coverage["complete"]
    assert stored.coverage["missed"][0] == ["b.py", "demo", "line 3: no Python"]
    stored = scans(result(files=[files[0], files[2]]), asked)
    assert stored.coverage["complete"]
    with scans.database.read() as session:
        scan = session.scalars(select(CheckScan).order_by(CheckScan.number.desc())).first()
    assert scan is not None
    assert scan.coverage == stored.coverage


def test_coverage_is_about_what_a_check_was_to_look_at(scans: Scans) -> None:
    asked = {"languages": {"PYTHON": ["demo"]}}
    files = [
        scanned("a.py"),
        scanned("b.py", engines=(), skipped=UNCHANGED),
        scanned("big.yml", languages=("YAML",), engines=(), skipped="larger than 4 MiB"),
    ]
    stored = scans(result(files=files, whole=False, notes=["1 link or special file not followed"]), asked)
    assert stored.coverage["complete"]
    assert stored.coverage["notes"] == ["1 link or special file not followed"]
    assert judge(Gate(coverage=True), stored.counts, stored.coverage) == []
    files.append(scanned("c.py", engines=(), skipped="a binary file"))
    stored = scans(result(files=files, whole=False), asked)
    assert judge(Gate(coverage=True), stored.counts, stored.coverage) == [
        "1 files were not looked at (1 times a binary file)"
    ]
