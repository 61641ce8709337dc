"""JaCoCo's XML: the counters of the whole report, which it has added up over groups and packages itself."""

from bottega.build.reports.errors import ReportUnreadable
from bottega.build.reports.figures import MOST, Counter, Coverage

ROOT = "report"
_KINDS = {
    "INSTRUCTION": "instructions",
    "BRANCH": "branches",
    "LINE": "lines",
    "METHOD": "methods",
    "CLASS": "classes",
}
_COUNTER_DEPTH = 2


class Jacoco:
    """Listens to one document. A report of no classes has no counters."""

    def __init__(self) -> None:
        self._found: dict[str, Counter] = {}

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None:
        """Take up the counters of the report itself. Raises :class:`ReportUnreadable`."""
        if depth != _COUNTER_DEPTH or name != "counter":
            return
        kind = _KINDS.get(attributes.get("type", ""))
        if kind is not None:
            missed, covered = _figure(attributes, "missed"), _figure(attributes, "covered")
            self._found[kind] = Counter(covered=covered, total=missed + covered)

    def end(self, _name: str, _depth: int) -> None:
        """Nothing is left to be done."""

    def coverage(self) -> Coverage:
        """What was found."""
        return Coverage(**self._found)


def _figure(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "")
    if not text.isascii() or not text.isdigit() or len(text) > len(str(MOST)):
        raise ReportUnreadable(f"has a counter whose {name!r} is no number: {text[:20]!r}")
    return int(text)
