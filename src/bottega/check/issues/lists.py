"""Pages of long lists of issues, the gravest first, without counting rows away.

The numbers of all issues of a list are read once from the index and kept as long as no issue of the task changes; a
page is a slice of them. Pages near the beginning are read without the rest.
"""

import heapq
import itertools
import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import ColumnElement, String, cast, func, select
from sqlalchemy.orm import Session

from bottega.check.issues.counting import Counted
from bottega.check.issues.filters import IssueFilter
from bottega.check.issues.tables import CheckIssue

NEAR = 1_000
"""Pages that end before this row are read without the rest of the list."""
KEPT_NUMBERS = 4_000_000
"""How many numbers of issues are kept, of 4 bytes each."""

Key = tuple[str, int, IssueFilter]


class IssueLists:
    """Shared by all requests. ``version`` is the task's ``issue_version``, read in the same transaction."""

    def __init__(self, kept: int = KEPT_NUMBERS) -> None:
        self._kept = kept
        self._lists: OrderedDict[Key, array[int]] = OrderedDict()
        self._lock = threading.Lock()

    def page(
        self,
        session: Session,
        task: tuple[str, int],
        where: IssueFilter,
        counts: Mapping[Counted, int],
        *,
        offset: int,
        limit: int,
    ) -> tuple[list[CheckIssue], int]:
        """Some issues of a task, given by its id and version, and how many there are."""
        numbers = self._known((*task, where))
        if numbers is None and where.is_counted and offset + limit <= NEAR:
            total = sum(count for one, count in counts.items() if where.has(one))
            wanted = _first(session, task[0], where, counts, offset + limit)[offset:]
            return _rows(session, task[0], wanted), total
        if numbers is None and where.is_counted:
            return self._deep(session, task, where, counts, offset, limit)
        if numbers is None:
            numbers = self._read(session, task, where, counts)
        return _rows(session, task[0], numbers[offset : offset + limit]), len(numbers)

    def _deep(  # noqa: PLR0917 - what a page is given by
        self,
        session: Session,
        task: tuple[str, int],
        where: IssueFilter,
        counts: Mapping[Counted, int],
        offset: int,
        limit: int,
    ) -> tuple[list[CheckIssue], int]:
        """The same for lists that are counted: only severities that the page has are read."""
        found: list[int] = []
        total = 0
        for severity in sorted({one.severity for one in counts if where.has(one)}):
            part = msgspec.structs.replace(where, severities=(severity,))
            size = sum(count for one, count in counts.items() if part.has(one))
            begin, end = max(offset - total, 0), min(offset + limit - total, size)
            if begin < end:
                numbers = self._known((*task, part)) or self._read(session, task, part, counts)
                found += numbers[begin:end]
            total += size
        return _rows(session, task[0], found), total

    def _read(
        self, session: Session, task: tuple[str, int], where: IssueFilter, counts: Mapping[Counted, int]
    ) -> "array[int]":
        numbers = _all(session, task[0], where, counts)
        self._keep((*task, where), numbers)
        return numbers

    def _known(self, key: Key) -> "array[int] | None":
        with self._lock:
            if key in self._lists:
                self._lists.move_to_end(key)
            return self._lists.get(key)

    def _keep(self, key: Key, numbers: "array[int]") -> None:
        with self._lock:
            for old in [one for one in self._lists if one[0] == key[0] and one[1] < key[1]]:
                del self._lists[old]
            self._lists[key] = numbers
            while len(self._lists) > 1 and sum(map(len, self._lists.values())) > self._kept:
                self._lists.popitem(last=False)


def _first(
    session: Session, task_id: str, where: IssueFilter, counts: Mapping[Counted, int], count: int
) -> list[int]:
    """The numbers of the first issues of the list."""
    found: list[int] = []
    for severity, places in _places(where, counts).items():
        stretches = [
            session.scalars(
                select(CheckIssue.number)
                .where(*_stretch(task_id, place, severity), *where.beyond_place())
                .order_by(CheckIssue.number)
                .limit(count - len(found))
            )
            for place in places
        ]
        found += itertools.islice(heapq.merge(*stretches), count - len(found))
        if len(found) == count:
            break
    return found


def _all(session: Session, task_id: str, where: IssueFilter, counts: Mapping[Counted, int]) -> "array[int]":
    """The numbers of all issues of the list."""
    found = array("I")
    # One text of all numbers: a row for each would cost ten times as much.
    numbers = func.aggregate_strings(cast(CheckIssue.number, String), ",")
    for severity, places in _places(where, counts).items():
        of_severity: list[int] = []
        for place in places:
            query = select(numbers).where(*_stretch(task_id, place, severity), *where.beyond_place())
            if text := session.scalar(query):
                of_severity.extend(map(int, text.split(",")))
        found.extend(sorted(of_severity))
    return found


def _places(where: IssueFilter, counts: Mapping[Counted, int]) -> dict[int, list[tuple[int, bool]]]:
    """By severity, the gravest first, which pairs of status and deferral have issues of the list.

    Each is one stretch of the index.
    """
    found: dict[int, set[tuple[int, bool]]] = {}
    for one in counts:
        if where.has(one):
            found.setdefault(one.severity, set()).add((one.status, one.deferred))
    return {severity: sorted(found[severity]) for severity in sorted(found)}


def _stretch(task_id: str, place: tuple[int, bool], severity: int) -> list[ColumnElement[bool]]:
    status, deferred = place
    return [
        CheckIssue.task_id == task_id,
        CheckIssue.status == status,
        CheckIssue.deferred.is_(deferred),
        CheckIssue.severity == severity,
    ]


def _rows(session: Session, task_id: str, numbers: Iterable[int]) -> list[CheckIssue]:
    wanted = list(numbers)
    if not wanted:
        return []
    query = select(CheckIssue).where(CheckIssue.task_id == task_id, CheckIssue.number.in_(wanted))
    rows = {row.number: row for row in session.scalars(query)}
    return [rows[number] for number in wanted if number in rows]
