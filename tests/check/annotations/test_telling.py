"""Merge requests hear of each issue in the lines they change once, also when answers are lost."""

import pytest
from sqlalchemy import update

from bottega.check.annotations.choosing import MOST
from bottega.check.issues.tables import CheckIssue
from bottega.check.tasks.tables import CheckTask
from tests.check.annotations.conftest import KINDS, Asking, finding, without_task

every_kind = pytest.mark.parametrize("asking", KINDS, indirect=True)


@pytest.mark.parametrize("asking", [*KINDS, "gitlab postgresql"], indirect=True)
def test_an_issue_in_a_changed_line_is_told_once(asking: Asking) -> None:
    forge, found = asking.forge, [finding(3), finding(5, severity=0), finding(20)]
    asking.check(*found, changed=[(2, 3), (5, 9)], former="old.py")
    asking.tell()
    assert [(one.path, one.line) for one in forge.beside] == [("a.py", 5), ("a.py", 3)]
    body = forge.beside[1].body
    assert "**serious** ` ruff:F401 ` ` wrong in 3 `" in body
    assert f"https://build.example.com/console/checks/{asking.task_id}/issues/" in body
    if forge.kind == "gitlab":
        assert (forge.notes, {one.former for one in forge.beside}) == ([], {"old.py"})
    else:
        (review,) = forge.notes
        assert review.body.startswith("Check 1 found 2 new issues in the lines that this request changes.")
        assert review.commit == "a" * 40
    asking.tell()
    asking.check(*found, changed=[(2, 3), (5, 9)])
    asking.tell()
    assert forge.lines == [5, 3]
    asking.check(*found, changed=[(2, 3), (5, 20)])
    asking.tell()
    assert forge.lines == [5, 3, 20]
    row = asking.row
    assert row is not None
    assert (row.next_try_at, row.unsure, row.error, asking.told) == (None, "", "", 3)


@every_kind
def test_what_was_told_is_not_told_again_when_the_answer_was_lost(asking: Asking) -> None:
    forge = asking.forge
    forge.lose = 2 if forge.kind == "gitlab" else 1
    asking.check(finding(1), finding(2), finding(3))
    asking.tell()
    assert "answered 502" in asking.error
    asking.later()
    assert (sorted(forge.lines), asking.told, asking.error) == ([1, 2, 3], 3, "")
    assert len(forge.notes) == (0 if forge.kind == "gitlab" else 1)


@every_kind
def test_a_lost_answer_is_found_again_after_a_newer_check(asking: Asking) -> None:
    forge = asking.forge
    forge.lose = 1
    asking.check(finding(1))
    asking.tell()
    asking.check(finding(1), finding(2, severity=0))
    asking.later()
    assert (sorted(forge.lines), asking.told) == ([1, 2], 2)
    assert all("found 1 new issue in" in one.body for one in forge.notes)


@every_kind
def test_the_gravest_are_told_first_and_the_rest_is_a_sentence(asking: Asking) -> None:
    forge = asking.forge
    hints = [finding(line, severity=3) for line in range(1, 41)]
    asking.check(*hints, finding(50, severity=0))
    asking.tell()
    assert forge.lines[0] == 50
    assert len(forge.lines) == MOST
    assert [one.body.partition(" [")[0] for one in forge.notes] == [
        "Check 1 found 41 new issues in the lines that this request changes; the 30 gravest are shown."
    ]
    asking.check(*hints, finding(50, severity=0))
    asking.tell()
    assert sorted(forge.lines) == [*range(1, 41), 50]


def test_no_more_are_told_when_telling_broke_off_in_the_middle(asking: Asking) -> None:
    forge = asking.forge
    forge.lose = 10
    asking.check(*[finding(line) for line in range(1, 41)])
    asking.tell()
    assert len(forge.lines) == 10
    forge.lose = MOST - 10 + 1
    asking.later()
    assert (len(forge.lines), len(forge.notes)) == (MOST, 1)
    asking.later()
    assert (len(forge.lines), len(forge.notes), asking.error) == (MOST, 1, "")
    assert "found 40 new issues" in forge.notes[0].body
    assert "the 30 gravest" in forge.notes[0].body


@every_kind
def test_a_line_that_the_forge_refuses_is_told_in_words(asking: Asking) -> None:
    forge = asking.forge
    forge.refused = {2}
    asking.check(finding(1), finding(2))
    asking.tell()
    assert forge.lines == ([1] if forge.kind == "gitlab" else [])
    (note,) = forge.notes
    assert "[` a.py:2 `](https://build.example.com/console/checks/" in note.body
    assert ("` a.py:1 `" in note.body) is (forge.kind != "gitlab")
    asking.check(finding(1), finding(2))
    asking.tell()
    assert (len(forge.notes), asking.told, asking.error) == (1, 2, "")


@every_kind
def test_a_request_that_is_over_or_has_moved_on_is_not_told(asking: Asking) -> None:
    forge = asking.forge
    forge.head = "f" * 40
    asking.check(finding(1))
    asking.tell()
    assert "has other commits by now" in asking.error
    forge.head, forge.state = "a" * 40, "merged"
    asking.check(finding(1))
    asking.tell()
    assert "the request is merged" in asking.error
    assert forge.written == []
    forge.state = "opened" if forge.kind == "gitlab" else "open"
    asking.check(finding(1))
    asking.tell()
    assert forge.lines == [1]


def test_changes_that_gitlab_has_not_prepared_yet_are_waited_for(asking: Asking) -> None:
    asking.forge.ready = False
    asking.check(finding(1))
    asking.tell()
    assert "still preparing" in asking.error
    asking.forge.ready = True
    asking.later()
    assert asking.forge.lines == [1]


def test_the_thread_of_what_was_fixed_is_resolved_and_it_is_told_again_when_it_comes_back(
    asking: Asking,
) -> None:
    forge = asking.forge
    asking.check(finding(1), finding(2))
    asking.tell()
    asking.check(finding(2), changed=[])
    asking.tell()
    assert [(one.line, one.resolved) for one in forge.beside] == [(1, True), (2, False)]
    asking.check(finding(1), finding(2))
    asking.tell()
    assert [(one.line, one.resolved) for one in forge.beside] == [(1, True), (2, False), (1, False)]


def test_a_thread_that_somebody_deleted_is_no_trouble(asking: Asking) -> None:
    asking.check(finding(1))
    asking.tell()
    asking.forge.written.clear()
    asking.check(changed=[])
    asking.tell()
    assert (asking.told, asking.error) == (0, "")


@every_kind
def test_a_forge_that_fails_is_told_later_and_its_words_never_show_the_token(asking: Asking) -> None:
    forge = asking.forge
    forge.fail = [503, 429]
    asking.check(finding(1))
    for _ in range(2):
        asking.later()
        assert ("*** is not welcome" in asking.error, forge.written) == (True, [])
    asking.later()
    assert (forge.lines, asking.error) == ([1], "")


@every_kind
def test_a_token_without_the_right_is_given_up_at_once(asking: Asking) -> None:
    forge = asking.forge
    forge.fail = [403]
    asking.check(finding(1))
    asking.tell()
    asking.later()
    assert ("answered 403" in asking.error, forge.written, forge.fail) == (True, [], [])


def test_what_people_have_settled_is_not_told(asking: Asking) -> None:
    asking.check(finding(1), finding(2), changed=[])
    with asking.services.database.write() as session:
        session.execute(update(CheckIssue).where(CheckIssue.line == 1).values(status=2, triage=2))
    asking.check(finding(1), finding(2))
    asking.tell()
    assert asking.forge.lines == [2]


def test_the_newest_check_takes_the_place_of_one_that_was_not_told(asking: Asking) -> None:
    asking.check(finding(1))
    asking.check(finding(2))
    asking.tell()
    assert asking.forge.lines == [2]


def test_nothing_is_left_of_a_deleted_task(asking: Asking) -> None:
    services = asking.services
    asking.check(finding(1))
    asking.tell()
    asking.check(finding(1), finding(2))
    services.check_removal.delete(asking.alice, asking.root_id)
    asking.tell()
    services.check_removal.sweep()
    assert without_task(asking)
    assert (asking.row, asking.told, asking.forge.lines) == (None, 0, [1])


@pytest.mark.parametrize(
    "changes",
    [
        {"settings": {"merge_request": {"source_branch": "feature", "merge_id": "seven"}}},
        {"settings": {"merge_request": {"source_branch": "feature"}}},
        {"kind": "cr"},
        {"git_url": "https://git.example.com/group/shop.git"},
    ],
)
def test_what_is_no_merge_request_of_a_forge_is_not_told(asking: Asking, changes: dict[str, object]) -> None:
    with asking.services.database.write() as session:
        session.execute(update(CheckTask).where(CheckTask.id == asking.task_id).values(**changes))
    asking.check(finding(1))
    asking.tell()
    assert (asking.row, asking.forge.asked) == (None, [])


def test_what_was_told_long_ago_is_forgotten_but_not_told_again(asking: Asking) -> None:
    asking.check(finding(1))
    asking.tell()
    asking.services.annotations.purge(0)
    assert asking.row is not None
    with asking.services.database.write() as session:
        session.execute(update(type(asking.row)).values(created_at=1))
    asking.services.annotations.purge(30)
    assert asking.row is None
    asking.check(finding(1))
    asking.tell()
    assert asking.forge.lines == [1]
