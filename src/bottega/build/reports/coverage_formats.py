"""Reading the coverage report of any tool: what it is, is seen in its content and not in its name."""

from bottega.build.reports import lcov, untrusted_xml
from bottega.build.reports.cobertura import ROOT as COBERTURA_ROOT
from bottega.build.reports.cobertura import Cobertura
from bottega.build.reports.errors import NoCoverageReport
from bottega.build.reports.figures import Coverage, check_coverage
from bottega.build.reports.jacoco import ROOT as JACOCO_ROOT
from bottega.build.reports.jacoco import Jacoco

MAX_BYTES = max(untrusted_xml.MAX_BYTES, lcov.MAX_BYTES)
FORMATS = ("JaCoCo", "Cobertura", "lcov")
"""From the one that knows most to the one that knows least."""
_JACOCO, _COBERTURA, _LCOV = FORMATS


def read(document: bytes) -> tuple[str, Coverage]:
    """One of ``FORMATS``, and the figures.

    Raises :class:`NoCoverageReport`, and its base class for a report with something wrong in it.
    """
    if lcov.is_lcov(document):
        form, coverage = _LCOV, lcov.read(document)
    else:
        either = _Either()
        untrusted_xml.read(document, either, may_name_type=True)
        form, coverage = either.form, either.coverage()
    check_coverage(coverage)
    return form, coverage


class _Either:
    """Passes everything on to whoever knows the root."""

    def __init__(self) -> None:
        self.form = ""
        self._listener: Jacoco | Cobertura | None = None

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None:
        if self._listener is None:
            if name == JACOCO_ROOT:
                self.form, self._listener = _JACOCO, Jacoco()
            elif name == COBERTURA_ROOT:
                self.form, self._listener = _COBERTURA, Cobertura()
            else:
                raise NoCoverageReport(f"is no coverage report: it begins with <{name[:40]}>")
        self._listener.start(name, attributes, depth)

    def end(self, name: str, depth: int) -> None:
        if self._listener is not None:
            self._listener.end(name, depth)

    def coverage(self) -> Coverage:
        return self._listener.coverage() if self._listener is not None else Coverage()
