"""Reading JUnit XML, as Surefire, Gradle, pytest, gtest and many others write it.

There is no standard: tools agree on ``testsuite`` and ``testcase`` and on little else, and the totals they write into
attributes often leave something out. So the test cases are counted, and the attributes of suites are not looked at.

The file was written by a build, and so by anybody. A document type is refused, and with it every entity; size, depth
and the number of elements are bounded; the whole document is given to the parser at once, because expat rereads a
token that is cut into pieces from its beginning.
"""

from xml.parsers import expat

from bottega.build.reports.errors import ReportUnreadable
from bottega.build.reports.figures import MOST, UnitTests

MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 100
MAX_ELEMENTS = 2_000_000

ROOTS = frozenset({"testsuites", "testsuite"})
VERDICTS = {"error": 3, "failure": 2, "skipped": 1, "disabled": 1}
"""What a test case can contain, by weight: the heaviest decides."""
_FIELDS = ("success", "others", "failures", "errors")
"""Of :class:`UnitTests`, by the same weight."""
NOT_RUN = frozenset({"notrun", "disabled", "skipped", "ignored"})


def read(document: bytes) -> UnitTests:
    """The figures of one file. Raises :class:`ReportUnreadable` and nothing else, whatever the file holds."""
    if len(document) > MAX_BYTES:
        raise ReportUnreadable(f"has {len(document)} bytes, and at most {MAX_BYTES} are read")
    reader = _Reader()
    try:
        reader.parser.Parse(document, True)
    except ReportUnreadable:
        raise
    except expat.ExpatError as error:
        raise ReportUnreadable(f"is not XML: {error}") from None
    # An encoding that is unknown, or that is no encoding of texts.
    except (LookupError, ValueError, TypeError) as error:
        raise ReportUnreadable(f"is written in an encoding that cannot be read: {str(error)[:80]}") from None
    return reader.figures()


class _Reader:
    """Counts test cases while the document goes by; nothing of it is kept."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._refuse_type
        self._depth = 0
        self._elements = 0
        self._case_depth = 0
        self._weight = 0
        self._counts = [0, 0, 0, 0]
        self._execution_ms = 0

    def figures(self) -> UnitTests:
        counts = dict(zip(_FIELDS, self._counts, strict=True))
        return UnitTests(**counts, execution_ms=min(self._execution_ms, MOST))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if not self._depth and name not in ROOTS:
            raise ReportUnreadable(f"is no JUnit report: it begins with <{tag[:40]}>")
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            raise ReportUnreadable(f"is nested more than {MAX_DEPTH} levels deep")
        if self._elements > MAX_ELEMENTS:
            raise ReportUnreadable(f"has more than {MAX_ELEMENTS} elements")
        if not self._case_depth:
            if name == "testcase":
                self._case_depth = self._depth
                self._weight = int(attributes.get("status", "").lower() in NOT_RUN)
                self._execution_ms += milliseconds(attributes.get("time", ""))
        elif self._depth == self._case_depth + 1:
            self._weight = max(self._weight, VERDICTS.get(name, 0))

    def _end(self, _tag: str) -> None:
        if self._depth == self._case_depth:
            self._counts[self._weight] += 1
            self._case_depth = 0
        self._depth -= 1

    def _refuse_type(self, *_declared: object) -> None:
        raise ReportUnreadable("declares a document type, which a test report never needs")


def milliseconds(seconds: str) -> int:
    """``0.25``, ``1,234.5`` and, from a locale that writes so, ``0,25`` as milliseconds; 0 for what is no time."""
    text = seconds.replace(",", "") if "." in seconds else seconds.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        return 0
    # Also false for what is no number.
    return round(min(value * 1000, MOST)) if value > 0 else 0
