"""Gates: counts by severity, and what was not looked at."""

from bottega.check.gates.gate import gaps, judge
from bottega.check.issues.figures import coverage
from bottega.check.issues.marks import ScanMarks
from bottega.check.scanning.plan import UNCHANGED
from bottega.check.tasks.settings import Gate, GateItem
from tests.check.making import result, scanned

COUNTS = [1, 0, 5, 40]
DONE = {"complete": True, "engines": [{"engine": "ruff", "state": "done"}]}
BROKEN = {
    "complete": False,
    "skipped": 3,
    "reasons": {"a binary file": 1, UNCHANGED: 2},
    "lost": {"a binary file": 1},
    "engines": [
        {"engine": "ruff", "state": "partly", "files": 10, "analysed": 9},
        {"engine": "pmd", "state": "missing", "reason": "pmd is not installed"},
    ],
    "limits": ["there are more than 100000 files"],
}


def test_an_item_that_is_off_never_fails_and_one_that_is_on_names_the_counts() -> None:
    items = [GateItem(severity=0, value=0, on=True), GateItem(severity=2, value=5, on=True)]
    off = GateItem(severity=3, value=0, on=False)
    assert judge(Gate(items=[*items, off]), COUNTS, DONE) == ["1 fatal issues, 0 are allowed"]
    assert judge(Gate(), COUNTS, BROKEN) == []


def test_a_gate_may_ask_that_everything_was_looked_at() -> None:
    assert judge(Gate(coverage=True), COUNTS, DONE) == []
    assert judge(Gate(coverage=True), COUNTS, BROKEN) == gaps(BROKEN)
    assert gaps(BROKEN) == [
        "ruff could not read 1 of 10 files",
        "pmd is missing: pmd is not installed",
        "1 files were not looked at (1 times a binary file)",
        "there are more than 100000 files",
    ]


def test_files_that_were_not_looked_at_are_counted_however_many_reasons_there_are() -> None:
    files = [
        scanned(f"{lines}.py", engines=(), skipped=f"{lines} lines, more than 100")
        for lines in range(101, 200)
    ]
    said = gaps(coverage(result(files=[*files, files[0]]), ScanMarks()))
    assert [sentence.partition(";")[0] for sentence in said] == [
        "100 files were not looked at (2 times 101 lines, more than 100"
    ]
