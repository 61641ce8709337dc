"""Cobertura's XML, as coverage.py, gcovr, Istanbul, Coverlet and others write it too.

They agree on ``class``, ``method`` and ``line``; what they write into the attributes of the root differs. So the lines
are counted. A class or method was covered when one of its lines was run; one without lines is not counted.
"""

import re

from bottega.build.reports.coverage_lines import Marks
from bottega.build.reports.errors import NoCoverageReport, ReportUnreadable
from bottega.build.reports.figures import Counter, Coverage

ROOT = "coverage"
_BRANCHES = re.compile(r"\((\d{1,9})/(\d{1,9})\)\s*\Z", re.ASCII)
_NUMBER = re.compile(r"\d{1,19}", re.ASCII)


class Cobertura:
    """Listens to one document."""

    def __init__(self) -> None:
        self._lines = Marks()
        self._branches = Marks()
        self._classes = _Tally()
        self._methods = _Tally()
        self._file = ""

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None:
        """Count lines where they belong. Raises :class:`ReportUnreadable`."""
        match name:
            case "project" if depth == 2:  # noqa: PLR2004 - below the root
                raise NoCoverageReport(
                    "is a Clover report, which is not read: have the tool write Cobertura's form"
                )
            case "class":
                self._file = attributes.get("filename", "")
                self._classes.begin()
            case "method":
                self._methods.begin()
            case "line":
                self._line(attributes)
            case _:
                pass

    def end(self, name: str, _depth: int) -> None:
        """A class or a method is complete."""
        if name == "class":
            self._classes.end()
        elif name == "method":
            self._methods.end()

    def coverage(self) -> Coverage:
        """What was found."""
        return Coverage(
            lines=self._lines.counter(),
            branches=self._branches.counter(),
            methods=self._methods.counter(),
            classes=self._classes.counter(),
        )

    def _line(self, attributes: dict[str, str]) -> None:
        number, hits = attributes.get("number", ""), attributes.get("hits", "")
        if not _NUMBER.fullmatch(number) or not _NUMBER.fullmatch(hits):
            raise ReportUnreadable(f"has a line without number or hits: {number[:20]!r}, {hits[:20]!r}")
        run = int(hits) > 0
        self._lines.add(self._file, int(number), int(run))
        self._classes.line(run)
        self._methods.line(run)
        branches = _BRANCHES.search(attributes.get("condition-coverage", ""))
        if branches is not None:
            total = int(branches[2])
            self._branches.add(self._file, int(number), min(int(branches[1]), total), total)


class _Tally:
    """How many of the things that go by, one after the other, had a line that was run."""

    def __init__(self) -> None:
        self._total = 0
        self._covered = 0
        self._open = False
        self._lines = False
        self._run = False

    def begin(self) -> None:
        self._open, self._lines, self._run = True, False, False

    def line(self, run: bool) -> None:
        if self._open:
            self._lines = True
            self._run = self._run or run

    def end(self) -> None:
        self._total += self._lines
        self._covered += self._run
        self._open = self._lines = self._run = False

    def counter(self) -> Counter | None:
        return Counter(covered=self._covered, total=self._total) if self._total else None
