"""A rule may have a greater limit for code that was there before: what is within it is an issue in new code only."""

from collections.abc import Sequence

from bottega.check.findings import Finding
from bottega.check.issues.states import IssueStatus
from bottega.check.issues.storing import IssueStore
from bottega.check.scanning.plan import ScannedFile
from bottega.check.tracking.snapshots import FileSnapshot
from tests.check.issues.looking import issues, statuses
from tests.check.issues.test_incremental import _file, _hash
from tests.check.making import Scans, finding, new_scan, result

OPEN, FIXED = IssueStatus.OPEN, IssueStatus.FIXED
BEFORE = ("def old(x):", "    return x")
AFTER = ("def new(x):", "    return x", *BEFORE[:1], "    return x if x else 1")


def found(line: int, text: str, *, within: bool = True) -> Finding:
    return finding("a.py", line, statement=text, scope="", line_hash=_hash(text).hex(), within=within)


def file(lines: Sequence[str]) -> list[ScannedFile]:
    return [_file("a.py", tuple(lines), seen=True)]


def test_code_that_was_there_is_judged_by_the_greater_limit_and_new_code_is_not(scans: Scans) -> None:
    scans(result([], file(BEFORE)))
    both = [found(1, AFTER[0]), found(3, AFTER[2])]
    for _ in range(2):
        scans(result(both, file(AFTER)))
        assert [(one.line, one.status) for one in issues(scans)] == [(1, OPEN)]
    scans(result([found(1, AFTER[0]), found(3, AFTER[2], within=False)], file(AFTER)))
    assert [one.line for one in issues(scans)] == [1, 3]


def test_all_code_of_a_first_check_is_new_and_its_issues_stay(scans: Scans) -> None:
    for _ in range(2):
        scans(result([found(1, BEFORE[0])], file(BEFORE)))
        assert statuses(scans) == [OPEN]
    scans(result([], file(BEFORE)))
    assert statuses(scans) == [FIXED]


def test_a_file_that_was_renamed_is_not_new(scans: Scans) -> None:
    many = (*BEFORE, *(f"x = {number}" for number in range(20)))
    scans(result([], file(many)))
    moved = [_file("b.py", (*many[:1], "    return x or 2", *many[2:]), seen=True)]
    one = finding("b.py", 1, statement=many[0], scope="", line_hash=_hash(many[0]).hex(), within=True)
    scans(result([one], moved))
    assert statuses(scans) == []


def test_the_first_check_of_a_branch_knows_what_the_default_branch_has(scans: Scans) -> None:
    there = {"a.py": FileSnapshot("0" * 64, b"".join(_hash(line) for line in BEFORE))}
    store = IssueStore(scans.database)
    both = [found(1, AFTER[0]), found(3, AFTER[2])]
    store.store(new_scan(scans.database, scans.task_id), result(both, file(AFTER)), {}, base=there)
    assert [one.line for one in issues(scans)] == [1]
