"""Lines, branches and methods of source files as they are told one by one, in several orders and more than once.

A file can be told in parts: Cobertura writes a line below its method and again below its class, and lcov has one
record for each test. What any part has seen run, is covered.
"""

from bottega.build.reports.errors import ReportUnreadable
from bottega.build.reports.figures import Counter

MAX_MARKS = 1_000_000


class Marks:
    """Which things were run, each known by its file and a key in it. At most ``MAX_MARKS`` of them in one report."""

    def __init__(self) -> None:
        self._files: dict[str, dict[object, tuple[int, int]]] = {}
        self._count = 0

    def add(self, file: str, key: object, covered: int, total: int = 1) -> None:
        """Of the thing there are ``total`` ways, of which ``covered`` were taken. Raises :class:`ReportUnreadable`."""
        known = self._files.setdefault(file, {})
        before = known.get(key)
        if before is None:
            self._count += 1
            if self._count > MAX_MARKS:
                raise ReportUnreadable(f"tells of more than {MAX_MARKS} lines")
            known[key] = (covered, total)
        elif before != (covered, total):
            known[key] = (max(before[0], covered), max(before[1], total))

    def counter(self) -> Counter | None:
        """All of them together; None when there are none."""
        if not self._count:
            return None
        covered = total = 0
        for marks in self._files.values():
            for one, of in marks.values():
                covered += one
                total += of
        return Counter(covered=covered, total=total)
