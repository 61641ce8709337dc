"""The traps of matching, one by one."""

import hashlib
from collections.abc import Sequence

import msgspec

from bottega.check.findings import Finding
from bottega.check.tracking.matching import KnownIssue, Matching, match
from bottega.check.tracking.moves import moved_files
from tests.check.tracking.detector import line_hash, snapshot

PATH = "src/a.py"


def finding(lines: Sequence[str], line: int, **more: object) -> Finding:
    """About a line of ``lines``, as a scan would tell it."""
    text = lines[line - 1] if line else ""
    given: dict[str, object] = {
        "rule": "demo:one",
        "path": PATH,
        "language": "PYTHON",
        "severity": 2,
        "message": "m",
        "line": line,
        "scope": "f",
        "statement": "".join(text.split()),
        "line_hash": line_hash(text),
        "before": line_hash(lines[line - 2]) if line > 1 else "",
        "after": line_hash(lines[line]) if 0 < line < len(lines) else "",
        **more,
    }
    return msgspec.convert(given, Finding)


def issue(lines: Sequence[str], line: int, **more: object) -> KnownIssue:
    about = {name: more.pop(name) for name in ("stale", "closed") if name in more}
    one = finding(lines, line, **more)
    names = KnownIssue.__struct_fields__[:9]
    return KnownIssue(**{name: getattr(one, name) for name in names}, **about)  # type: ignore[arg-type]


def matched(before: list[str], known: list[KnownIssue], now: list[str], found: list[Finding]) -> Matching:
    return match(known, found, {PATH: snapshot(before)}, {PATH: snapshot(now)})


def test_removing_the_first_of_three_equal_ones_mends_the_first() -> None:
    before = ["a", "x", "b", "x", "c", "x", "d"]
    now = ["a", "b", "x", "c", "x", "d"]
    known = [issue(before, at) for at in (2, 4, 6)]
    matching = matched(before, known, now, [finding(now, at) for at in (3, 5)])
    assert matching.links == {0: 1, 1: 2}
    assert matching.missing == [0]


def test_of_equal_ones_whose_neighbours_changed_the_lines_tell_which_is_left() -> None:
    before, now = ["a", "x", "b", "bb", "x", "c"], ["a", "b", "bb", "n", "x", "m"]
    matching = matched(before, [issue(before, at) for at in (2, 5)], now, [finding(now, 5)])
    assert (matching.links, matching.missing) == ({0: 1}, [0])


def test_a_finding_about_a_whole_file_is_the_same_whatever_its_message() -> None:
    known = [issue(["a"], 0, message="300 lines", masked="300 lines", statement="")]
    found = [finding(["b"], 0, message="three hundred", masked="three hundred", statement="")]
    assert matched(["a"], known, ["b"], found).links == {0: 0}


def test_equal_statements_of_other_rules_are_never_paired() -> None:
    before = ["value = compute(1)"]
    matching = matched(before, [issue(before, 1)], before, [finding(before, 1, rule="demo:two")])
    assert (matching.new, matching.missing) == ([0], [0])


def test_an_engine_may_rename_its_rules() -> None:
    before = ["value = compute(1)"]
    found = [finding(before, 1, rule="demo:two")]
    files = {PATH: snapshot(before)}
    matching = match([issue(before, 1)], found, files, files, renamed={"demo:one": "demo:two"})
    assert matching.links == {0: 0}


def test_an_issue_is_followed_when_another_engine_finds_its_defect() -> None:
    lines = ["assert total", "assert total", "x"]

    def matched_as(before: str, now: str) -> Matching:
        known = [issue(lines, line, rule=before) for line in (1, 2)]
        return matched(lines, known, ["y", *lines], [finding(["y", *lines], 3, rule=now)])

    assert matched_as("bandit:B101", "ruff:S101").links == {0: 1}
    assert matched_as("ruff:S101", "bandit:B101").missing == [0]
    assert matched_as("bandit:B102", "ruff:S101").links == {}
    assert matched_as("ruff:S303", "ruff:S324").links == {}


def test_an_edited_statement_keeps_its_issue_and_says_so() -> None:
    before = ["assert total(first, second, third) == limit"]
    now = ["assert total(first, second, fourth) == limit"]
    matching = matched(before, [issue(before, 1)], now, [finding(now, 1)])
    assert matching.links == {0: 0}
    assert matching.edited == {0}


def test_a_rewritten_statement_is_a_new_issue() -> None:
    before, now = ["assert total(first, second) == limit"], ["raise Overdrawn(account.owner)"]
    matching = matched(before, [issue(before, 1)], now, [finding(now, 1)])
    assert (matching.new, matching.missing) == ([0], [0])


def test_what_was_fixed_comes_back_only_if_all_is_as_it_was() -> None:
    text = ["value = compute(1)"]
    closed = issue(text, 1, closed=True, masked="m")
    assert matched(text, [closed], text, [finding(text, 1, masked="m")]).links == {0: 0}
    elsewhere = finding(text, 1, masked="m", scope="g")
    matching = matched(text, [closed], text, [elsewhere])
    assert (matching.new, matching.missing) == ([0], [])


def test_lines_say_nothing_of_what_the_last_scan_did_not_look_at() -> None:
    """The line of such an issue is older than the lines that are compared."""
    before, now = ["a", "x(1)", "y(2)"], ["n", "a", "x(1)", "y(2)"]
    stale = issue(before, 3, stale=True, statement="x(1)", line_hash=line_hash("x(1)"))
    matching = matched(before, [stale], now, [finding(now, 4), finding(now, 3)])
    assert matching.links == {1: 0}
    for old in (False, True):
        other = issue(before, 3, stale=old, statement="gone(by, then)", line_hash=line_hash("gone(by, then)"))
        assert matched(before, [other], now, [finding(now, 4)]).links == ({} if old else {0: 0})


def test_a_short_line_that_went_to_another_function_of_the_file_is_known_by_its_text() -> None:
    before, now = ["f", "x=1", "g", "y", "z"], ["g", "y", "z", "x=1"]
    known = [issue(before, 2, scope="f", masked="m")]
    assert matched(before, known, now, [finding(now, 4, scope="g", masked="m")]).links == {0: 0}
    assert matched(before, known, now, [finding(now, 4, scope="g", masked="n")]).new == [0]


def test_a_long_statement_is_known_in_another_file_and_a_shorter_one_only_in_its_function() -> None:
    """Where neither was moved as a whole, and both files were there before."""
    other, files = "src/b.py", {PATH: snapshot(["a"]), "src/b.py": snapshot(["b"])}
    for text, scope, links in (
        ("total = first_of(second, third)", "g", {0: 0}),
        ("total = first(x)", "f", {0: 0}),
        ("total = first(x)", "g", {}),
        ("x = 1", "f", {}),
    ):
        known, found = issue([text], 1), finding([text], 1, path=other, scope=scope)
        assert match([known], [found], files, files).links == links, (text, scope)


def test_blank_lines_are_told_apart_by_their_neighbours() -> None:
    before, now = ["a", " ", "b"], ["a", "b", "c", " ", "d"]
    matching = matched(before, [issue(before, 2)], now, [finding(now, 4)])
    assert (matching.new, matching.missing) == ([0], [0])


def test_files_with_equal_content_go_where_their_names_go() -> None:
    file = snapshot(["same"])
    moved = moved_files({"a/x.py": file, "a/y.py": file}, {"b/y.py": file, "b/x.py": file})
    assert moved == {"b/x.py": "a/x.py", "b/y.py": "a/y.py"}


def test_a_renamed_file_may_be_edited_and_a_copy_is_no_rename() -> None:
    lines = [f"line {number}" for number in range(40)]
    edited = [*lines[:20], "another", *lines[20:38]]
    assert moved_files({"a.py": snapshot(lines)}, {"b.py": snapshot(edited)}) == {"b.py": "a.py"}
    assert moved_files({"a.py": snapshot(lines)}, {"a.py": snapshot(lines), "b.py": snapshot(lines)}) == {}


def test_a_file_that_became_twice_as_long_is_another_one() -> None:
    lines = [f"line {number}" for number in range(40)]
    assert moved_files({"a.py": snapshot(lines)}, {"b.py": snapshot([*lines, *"abcdefghijklmnop"])}) == {}


def test_two_equally_good_candidates_are_no_answer() -> None:
    lines = [f"line {number}" for number in range(40)]
    before = {"old.py": snapshot(lines)}
    now = {"one.py": snapshot([*lines[:-1], "a"]), "two.py": snapshot([*lines[:-1], "b"])}
    assert moved_files(before, now) == {}


def test_unknown_files_and_empty_ones_match_nothing() -> None:
    empty = snapshot([])
    assert hashlib.sha256(b"").hexdigest() == empty.sha256
    assert match([], [], {"a": empty}, {"b": snapshot(["x"])}).moved == {}
    found = [finding(["x(1)"], 1)]
    assert match([issue(["x(1)"], 1)], found, {}, {}).links == {0: 0}
