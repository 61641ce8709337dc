"""Pages of lists, near their beginning and far from it."""

from typing import Any

import pytest

from bottega.check.issues import lists
from bottega.check.issues.counting import counts_of
from bottega.check.issues.filters import IssueFilter
from bottega.check.issues.lists import IssueLists
from bottega.check.issues.states import IssueStatus
from bottega.check.tasks.tables import CheckTask
from tests.check.issues.looking import issues, say
from tests.check.making import Scans, finding, result

FILTERS = (
    IssueFilter(),
    IssueFilter(statuses=(IssueStatus.OPEN, IssueStatus.IGNORED), deferred=False),
    IssueFilter(severities=(1, 3)),
    IssueFilter(rules=("demo:R1",)),
    IssueFilter(authors=("dev1",)),
    IssueFilter(paths=("src/f2.py", "f3.py")),
    IssueFilter(new=False),
    IssueFilter(statuses=()),
)


def filled(scans: Scans) -> Scans:
    found = [
        finding(f"src/f{n % 5}.py", n, rule=f"demo:R{n % 3}", severity=n % 4, author=f"dev{n % 2}")
        for n in range(1, 61)
    ]
    scans(result(found))
    for one in issues(scans)[::7]:
        say(scans.database, one.id, IssueStatus.IGNORED)
    return scans


def page(scans: Scans, of: IssueLists, where: IssueFilter, offset: int, limit: int) -> tuple[list[int], int]:
    with scans.database.read() as session:
        task = session.get_one(CheckTask, scans.task_id)
        counts = counts_of(session, task.id)
        at = task.id, task.issue_version
        rows, total = of.page(session, at, where, counts, offset=offset, limit=limit)
    return [one.number for one in rows], total


def wanted(scans: Scans, where: IssueFilter) -> list[int]:
    """By looking at every issue."""

    def matches(one: Any) -> bool:
        names = {one.path, one.path.rpartition("/")[2]}
        return (
            (where.statuses is None or one.status in where.statuses)
            and (where.severities is None or one.severity in where.severities)
            and (where.rules is None or one.rule in where.rules)
            and (where.authors is None or one.author in where.authors)
            and (where.paths is None or bool(names & set(where.paths)))
            and where.new in {None, one.is_new}
            and where.deferred in {None, one.deferred}
        )

    found = [one for one in issues(scans) if matches(one)]
    return [one.number for one in sorted(found, key=lambda one: (one.severity, one.number))]


@pytest.mark.parametrize("near", [lists.NEAR, 0])
def test_pages_together_are_the_list(
    scans_everywhere: Scans, near: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "NEAR", near)
    scans = filled(scans_everywhere)
    known = IssueLists()
    for where in FILTERS:
        expected = wanted(scans, where)
        found: list[int] = []
        for offset in range(0, 60, 7):
            numbers, total = page(scans, known, where, offset, 7)
            assert total == len(expected)
            found += numbers
        assert found == expected


def test_a_list_follows_when_an_issue_changes(scans: Scans, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "NEAR", 0)
    filled(scans)
    known = IssueLists(kept=1)
    where = IssueFilter(statuses=(IssueStatus.OPEN,))
    before, total = page(scans, known, where, 0, 5)
    with scans.database.read() as session:
        changed = next(one.id for one in issues(scans) if one.number == before[0])
        assert session.get(CheckTask, scans.task_id)
    say(scans.database, changed, IssueStatus.RESOLVED)
    assert page(scans, known, where, 0, 4) == (before[1:], total - 1)
