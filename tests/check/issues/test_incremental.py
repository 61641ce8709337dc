"""Scans of changed files say the same of the files they look at as scans of everything, and know what is not there."""

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import select

from bottega.check.findings import Finding
from bottega.check.issues.states import FILE_DELETED, IssueStatus
from bottega.check.issues.tables import CheckDuplicate, CheckFile
from bottega.check.scanning.plan import UNCHANGED, DuplicateBlock, Place, ScannedFile, ScanResult
from bottega.check.tasks.settings import TaskSettings
from bottega.check.tasks.tables import CheckTask
from bottega.iam.principal import Principal
from bottega.store.database import Database
from tests.check.issues.looking import events, issues, statuses
from tests.check.making import Scans, finding, new_task, result, scanned

OPEN, FIXED, GONE = IssueStatus.OPEN, IssueStatus.FIXED, IssueStatus.GONE
Tree = dict[str, tuple[str, ...]]
"""Lines of files by path. Those that begin with "bad" have a finding."""


def _hash(line: str) -> bytes:
    return hashlib.blake2b(line.encode(), digest_size=8).digest()


def _file(path: str, lines: tuple[str, ...], *, seen: bool) -> ScannedFile:
    made = scanned(path, "\n".join(lines), line_hashes=b"".join(_hash(line) for line in lines))
    return made if seen else replace(made, engines=(), skipped=UNCHANGED)


def _findings(path: str, lines: tuple[str, ...]) -> list[Finding]:
    return [
        finding(
            path,
            number,
            statement=line,
            line_hash=_hash(line).hex(),
            scope="",
            before=_hash(lines[number - 2]).hex() if number > 1 else "",
            after=_hash(lines[number]).hex() if number < len(lines) else "",
        )
        for number, line in enumerate(lines, 1)
        if line.startswith("bad")
    ]


def whole(tree: Tree) -> ScanResult:
    """Of a scan of everything."""
    found = [one for path, lines in sorted(tree.items()) for one in _findings(path, lines)]
    return result(found, [_file(path, lines, seen=True) for path, lines in sorted(tree.items())])


def changed(tree: Tree, before: Tree) -> ScanResult:
    """Of a scan of what is not as it was."""
    only = {path for path, lines in tree.items() if before.get(path) != lines}
    found = [one for path in sorted(only) for one in _findings(path, tree[path])]
    files = [_file(path, lines, seen=path in only) for path, lines in sorted(tree.items())]
    return result(found, files, whole=False, complete=True)


def told(scans: Scans) -> list[tuple[object, ...]]:
    return [
        (one.number, one.path, one.line, one.status, one.gone_reason, one.is_new, one.edited)
        for one in issues(scans)
    ]


LINES = st.sampled_from(
    [
        "x = 1",
        "y = 2",
        "bad(a)",
        "bad(b)",
        "bad_of_a_statement_that_is_long_enough(1)",
        "bad_of_a_statement_that_is_long_enough(2)",
        "bad_of_another_statement_that_is_long_too(1)",
    ]
)
FILES = st.lists(LINES, min_size=1, max_size=8).map(tuple)
PATHS = st.sampled_from(["a.py", "b.py", "c/a.py", "c/d.py"])
EDITS = st.one_of(
    st.tuples(st.just("write"), PATHS, FILES),
    st.tuples(st.just("delete"), PATHS),
    st.tuples(st.just("rename"), PATHS, PATHS),
    st.tuples(st.just("insert"), PATHS, LINES),
)


def edited(tree: Tree, edits: list[tuple[str, ...]]) -> Tree:
    made = dict(tree)
    for kind, path, *more in edits:
        if kind == "write":
            made[path] = tuple(more[0])
        elif path in made and kind == "delete":
            del made[path]
        elif path in made and kind == "rename":
            made[more[0]] = made.pop(path)
        elif path in made:
            made[path] = (more[0], *made[path])
    return made


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(PATHS, FILES, min_size=1), st.lists(st.lists(EDITS, min_size=1, max_size=3), max_size=4)
)
def test_scans_of_every_commit_come_to_the_same_as_scans_of_everything(
    sqlite_database: Database, alice: Principal, project_id: str, tree: Tree, commits: list[list]
) -> None:
    all_of_it, some = (Scans(sqlite_database, new_task(sqlite_database, alice, project_id)) for _ in range(2))
    all_of_it(whole(tree))
    some(whole(tree))
    for edits in commits:
        before, tree = tree, edited(tree, edits)
        all_of_it(whole(tree))
        some(changed(tree, before))
        assert told(some) == told(all_of_it)
        assert some.files == all_of_it.files


def test_issues_of_a_deleted_file_are_closed_and_the_file_is_forgotten(scans_everywhere: Scans) -> None:
    scans = scans_everywhere
    tree: Tree = {"a.py": ("bad(a)",), "b.py": ("bad(b)",), "c.py": ("x = 1",)}
    block = DuplicateBlock(lines=12, places=(Place(path="a.py", line=1, end_line=12),) * 2)
    scans(replace(whole(tree), duplicates=[block]))
    after: Tree = {"b.py": ("bad(b)",), "c.py": ("x = 2",)}
    stored = scans(changed(after, tree))
    gone, other = issues(scans)
    assert (gone.status, gone.gone_reason, other.status) == (GONE, FILE_DELETED, OPEN)
    assert events(scans, gone.id) == [(GONE, "check 2: file deleted")]
    assert stored.counts == [0, 0, 1, 0]
    with scans.database.read() as session:
        kept = {one.path: one.skipped for one in session.scalars(select(CheckFile))}
        assert session.scalars(select(CheckDuplicate)).all() == []
    assert kept == {"b.py": "", "c.py": ""}
    scans(changed(tree, after))
    assert statuses(scans) == [IssueStatus.REOPENED, OPEN]


def test_a_scan_that_could_not_list_all_files_says_nothing_of_those_it_has_not_seen(scans: Scans) -> None:
    tree: Tree = {"a.py": ("bad(a)",), "b.py": ("x = 1",)}
    scans(whole(tree))
    scans(replace(changed({"b.py": ("x = 2",)}, tree), complete=False))
    assert statuses(scans) == [OPEN]


def test_a_folder_that_is_left_out_since_is_not_deleted(scans: Scans) -> None:
    tree: Tree = {"lib/a.py": ("bad(a)",), "b.py": ("x = 1",)}
    scans(whole(tree))
    with scans.database.write() as session:
        session.get_one(CheckTask, scans.task_id).settings = {"ignore": ["lib"]}
    scans(changed({"b.py": ("x = 2",)}, tree))
    assert statuses(scans) == [OPEN]


def test_issues_follow_a_file_that_was_renamed_in_a_commit_nobody_checked(scans: Scans) -> None:
    tree: Tree = {"a.py": ("bad(a)", "x = 1"), "b.py": ("x = 1",)}
    scans(whole(tree))
    renamed: Tree = {"new.py": ("bad(a)", "x = 1"), "b.py": ("x = 1",)}
    later: Tree = {**renamed, "b.py": ("x = 2",)}
    scans(changed(later, renamed))
    assert statuses(scans) == [OPEN]
    scans(whole(later))
    (one,) = issues(scans)
    assert (one.path, one.status) == ("new.py", OPEN)


def test_a_line_is_found_again_in_a_file_that_changed_in_a_commit_nobody_checked(scans: Scans) -> None:
    two = ("bad(a)", "x = 1", "x = 2", "bad(a)")
    scans(whole({"a.py": two, "b.py": ("x = 1",)}))
    first, second = issues(scans)
    unchecked: Tree = {"a.py": ("y = 1", *two), "b.py": ("x = 1",)}
    scans(changed({**unchecked, "b.py": ("x = 2",)}, unchecked))
    scans(whole({"a.py": ("y = 1", "x = 1", "x = 2", "bad(a)"), "b.py": ("x = 2",)}))
    assert [(one.id, one.line, one.status) for one in issues(scans)] == [
        (first.id, 1, FIXED),
        (second.id, 4, OPEN),
    ]


def test_a_copy_of_a_statement_is_new_where_the_original_was_not_looked_at(scans: Scans) -> None:
    statement = "bad_of_a_statement_that_is_long_enough(1)"
    tree: Tree = {"a.py": (statement,), "b.py": ("x = 1",)}
    scans(whole(tree))
    scans(changed({**tree, "b.py": ("x = 1", statement)}, tree))
    assert [(one.path, one.is_new, one.status) for one in issues(scans)] == [
        ("a.py", False, OPEN),
        ("b.py", True, OPEN),
    ]


@pytest.mark.parametrize("new_since", [0, 1])
@pytest.mark.parametrize("unread", [True, False])
def test_what_was_edited_is_not_after_the_next_check_whatever_that_has_seen(
    sqlite_database: Database, alice: Principal, project_id: str, new_since: int, unread: bool
) -> None:
    task_id = new_task(sqlite_database, alice, project_id, settings=TaskSettings(new_since=new_since))
    scans = Scans(sqlite_database, task_id)
    trees: list[Tree] = [{"a.py": (f"bad_of_a_statement_that_is_long_enough({at})",)} for at in range(2)]
    scans(whole(trees[0]))
    scans(changed(trees[1], trees[0]))
    assert [(one.edited, one.is_new) for one in issues(scans)] == [(True, True)]
    too_long = [scanned("a.py", engines=(), skipped="too long")]
    scans(result(files=too_long) if unread else changed(trees[1], trees[1]))
    assert [(one.edited, one.is_new) for one in issues(scans)] == [(False, bool(new_since))]


@pytest.mark.parametrize("reason", ["too long", ""])
def test_why_a_file_could_not_be_looked_at_is_not_forgotten(scans: Scans, reason: str) -> None:
    files = [scanned("a.py", engines=() if reason else ("demo",), skipped=reason), scanned("b.py")]
    scans(result(files=files))
    some = [replace(files[0], engines=(), skipped=UNCHANGED), scanned("b.py", "new")]
    scans(result(files=some, whole=False, complete=True))
    with scans.database.read() as session:
        assert {one.path: one.skipped for one in session.scalars(select(CheckFile))} == {
            "a.py": reason,
            "b.py": "",
        }
