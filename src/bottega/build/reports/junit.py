"""Reading JUnit XML, as Surefire, Gradle, pytest, gtest and many others write it.

There is no standard: tools agree on ``testsuite`` and ``testcase`` and on little else, and the totals they write into
attributes often leave something out. So the test cases are counted, and the attributes of suites are not looked at.
"""

from bottega.build.reports import untrusted_xml
from bottega.build.reports.errors import ReportUnreadable
from bottega.build.reports.figures import MOST, UnitTests

ROOTS = frozenset({"testsuites", "testsuite"})
VERDICTS = {"error": 3, "failure": 2, "skipped": 1, "disabled": 1}
"""What a test case can contain, by weight: the heaviest decides."""
_FIELDS = ("success", "others", "failures", "errors")
"""Of :class:`UnitTests`, by the same weight."""
NOT_RUN = frozenset({"notrun", "disabled", "skipped", "ignored"})


def read(document: bytes) -> UnitTests:
    """The figures of one file. Raises :class:`ReportUnreadable` and nothing else, whatever the file holds."""
    cases = _Cases()
    untrusted_xml.read(document, cases)
    return cases.figures()


class _Cases:
    """Counts test cases while the document goes by; nothing of it is kept."""

    def __init__(self) -> None:
        self._case_depth = 0
        self._weight = 0
        self._counts = [0, 0, 0, 0]
        self._execution_ms = 0

    def figures(self) -> UnitTests:
        counts = dict(zip(_FIELDS, self._counts, strict=True))
        return UnitTests(**counts, execution_ms=min(self._execution_ms, MOST))

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None:
        if depth == 1 and name not in ROOTS:
            raise ReportUnreadable(f"is no JUnit report: it begins with <{name[:40]}>")
        if not self._case_depth:
            if name == "testcase":
                self._case_depth = depth
                self._weight = int(attributes.get("status", "").lower() in NOT_RUN)
                self._execution_ms += milliseconds(attributes.get("time", ""))
        elif depth == self._case_depth + 1:
            self._weight = max(self._weight, VERDICTS.get(name, 0))

    def end(self, _name: str, depth: int) -> None:
        if depth == self._case_depth:
            self._counts[self._weight] += 1
            self._case_depth = 0


def milliseconds(seconds: str) -> int:
    """``0.25``, ``1,234.5`` and, from a locale that writes so, ``0,25`` as milliseconds; 0 for what is no time."""
    text = seconds.replace(",", "") if "." in seconds else seconds.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        return 0
    # Also false for what is no number.
    return round(min(value * 1000, MOST)) if value > 0 else 0
