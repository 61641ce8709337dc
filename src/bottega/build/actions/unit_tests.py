"""What a step's command left of test reports: found in the workspace, counted, and told to the server."""

from __future__ import annotations

import time

from bottega.build.actions import coverage_files, coverage_pages, inputs
from bottega.build.actions.fields import Field
from bottega.build.actions.inputs import InputError
from bottega.build.actions.workspace_files import Patterns, WalkTooLong, find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext
    from bottega.build.reports.figures import UnitTests

MAX_FILES = 20_000
MAX_BYTES = 512 << 20
_NAMED = 10
_DEFAULT = "**/TEST*.xml"
_DEFAULT_COVERAGE = "**/site/jacoco"
_YAML_NAMES = ("report_path", "ignore_errors", "coverage", "coverage_report_path")
_GRAPHICAL_NAMES = ("file", "ignoreTest", "junitCoverageSwitch", "coverageReportPath")
_NOT_WANTED = ("notdeal", "false")

FIELD = Field(
    "unit_test",
    "mapping",
    "what to do with test reports",
    below=(
        Field("enable", "flag", "whether reports are wanted"),
        Field("ignore_errors", "flag", "whether failed tests are ignored"),
        Field("report_path", "text", f"which files are reports; {_DEFAULT} unless given"),
        Field("coverage", "flag", "whether coverage is wanted"),
        Field(
            "coverage_report_path", "text", f"where coverage reports lie; {_DEFAULT_COVERAGE} unless given"
        ),
    ),
)

# The clock the kernel stamps files with, which is a little behind the one that programs read.
_FILE_CLOCK = 5


class ReportInputs:
    """Where reports lie and whether failed tests are ignored: build.yml's ``unit_test``, or a graphical step's
    ``deal``, ``file`` and ``ignoreTest``. ``coverage`` says where its reports lie, or is None when they are not wanted.
    """

    __slots__ = ("coverage", "coverage_pattern", "ignore", "pattern", "patterns")

    def __init__(
        self,
        pattern: str,
        patterns: Patterns,
        *,
        ignore: bool,
        coverage_pattern: str,
        coverage: Patterns | None,
    ) -> None:
        self.pattern = pattern
        self.patterns = patterns
        self.ignore = ignore
        self.coverage_pattern = coverage_pattern
        self.coverage = coverage

    @classmethod
    def from_inputs(cls, raw: Mapping[str, Any]) -> ReportInputs | None:
        """None when no report is wanted. Raises InputError."""
        if raw.get("unit_test") is None:
            if inputs.text(raw, "deal", _NOT_WANTED[0]).strip().lower() in _NOT_WANTED:
                return None
            return cls._read(raw, "", _GRAPHICAL_NAMES)
        if not isinstance(raw.get("unit_test"), dict):
            raise InputError("unit_test", "must have enable, report_path and ignore_errors")
        below: Mapping[str, Any] = raw["unit_test"]
        try:
            if not inputs.flag(below, "enable", False):
                return None
        except InputError as error:
            raise InputError(f"unit_test.{error.field}", error.reason) from None
        return cls._read(below, "unit_test.", _YAML_NAMES)

    @classmethod
    def _read(cls, raw: Mapping[str, Any], above: str, names: tuple[str, str, str, str]) -> ReportInputs:
        path, ignore, coverage, coverage_path = names
        try:
            pattern = inputs.text(raw, path, _DEFAULT)
            coverage_pattern = inputs.text(raw, coverage_path, _DEFAULT_COVERAGE)
            ignored, covered = inputs.flag(raw, ignore, False), inputs.flag(raw, coverage, False)
        except InputError as error:
            raise InputError(above + error.field, error.reason) from None
        found = None
        if covered:
            found = _patterns(coverage_pattern, above + coverage_path, coverage_files.IN_FOLDERS)
        return cls(
            pattern,
            _patterns(pattern, above + path),
            ignore=ignored,
            coverage_pattern=coverage_pattern,
            coverage=found,
        )


def _patterns(text: str, field: str, in_folders: tuple[str, ...] = ()) -> Patterns:
    try:
        return Patterns(text, in_folders)
    except ValueError as error:
        raise InputError(field, str(error)) from None


def file_time() -> int:
    """The present, in nanoseconds, as a file that is written now is stamped, and later than of any file there is."""
    # Files are stamped by a clock of coarse ticks: what an earlier step wrote in this one would seem to be of the next.
    time.sleep(time.clock_getres(_FILE_CLOCK))
    return time.clock_gettime_ns(_FILE_CLOCK)


def collect(ctx: StepContext, wanted: ReportInputs, since: int) -> str:
    """Report tests and coverage of the files that came since ``since`` (of ``file_time``).

    Returns why the step fails, or an empty text.

    Older files are not this step's: an earlier one has reported them, or they lie in the repository.
    """
    if wanted.coverage is not None:
        coverage_files.collect(ctx, wanted.coverage_pattern, wanted.coverage, since)
        coverage_pages.collect(ctx, wanted.coverage_pattern, since)
    reports = Reports(ctx, since)
    try:
        for file in find(ctx.workspace, wanted.patterns, ctx.refuse_if_halted):
            reports.add(file.path, file.status.st_ctime_ns, file.status.st_size, file.read)
    except WalkTooLong as error:
        return _verdict(ctx, wanted, [f"test reports are not collected: {error}"])
    total = reports.total()
    if reports.older:
        ctx.log("DEBUG", f"{reports.older} test reports are older than the command and not counted")
    if not reports.count:
        ctx.log("WARN", f"no test report: the command wrote no file that matches {wanted.pattern!r}")
        return ""
    ctx.log(
        "INFO",
        f"tests: {total.total} in {reports.count} files: {total.success} passed, {total.failures} failed, "
        f"{total.errors} with errors, {total.others} skipped",
    )
    ctx.emit_tests(
        success=total.success,
        failures=total.failures,
        errors=total.errors,
        others=total.others,
        execution_ms=total.execution_ms,
    )
    faults: list[str] = []
    if not total.passed:
        faults.append(
            f"There are test failures: {total.failures + total.errors} of {total.total} tests failed"
        )
    if reports.unreadable:
        faults.append(f"{reports.unreadable} of {reports.count} test reports cannot be read")
    return _verdict(ctx, wanted, faults)


def _verdict(ctx: StepContext, wanted: ReportInputs, faults: list[str]) -> str:
    reason = "; ".join(faults)
    if not reason:
        return ""
    if wanted.ignore:
        ctx.log("WARN", f"{reason}, which is ignored")
        return ""
    ctx.log("ERROR", reason)
    return reason


class Reports:
    """Counts files one by one; names the first few at fault in the log. ``size`` is what was read, in bytes."""

    def __init__(self, ctx: StepContext, since: int) -> None:
        self._ctx = ctx
        self._since = since
        self._figures: list[UnitTests] = []
        self.size = 0
        self._named = 0
        self.count = 0
        self.older = 0
        self.unreadable = 0

    def add(self, path: str, changed: int, size: int, read: Callable[[int], bytes]) -> None:
        """Count one file, last changed at ``changed`` (of ``file_time``). Raises WalkTooLong, Halted."""
        # Steps without reports need not pay for these.
        from bottega.build.reports import junit, untrusted_xml  # noqa: PLC0415
        from bottega.build.reports.errors import ReportUnreadable  # noqa: PLC0415

        if changed < self._since:
            self.older += 1
            return
        self.count += 1
        self.size += min(size, untrusted_xml.MAX_BYTES)
        if self.count > MAX_FILES:
            raise WalkTooLong(f"there are more than {MAX_FILES} of them")
        if self.size > MAX_BYTES:
            raise WalkTooLong(f"they have more than {MAX_BYTES >> 20} MiB")
        self._ctx.refuse_if_halted()
        try:
            tests = junit.read(read(untrusted_xml.MAX_BYTES + 1))
        except (ReportUnreadable, OSError) as error:
            self.unreadable += 1
            reason = error.reason if isinstance(error, ReportUnreadable) else error.strerror
            self._name(f"test report {path!r} {reason}")
            return
        self._figures.append(tests)
        if not tests.passed:
            self._name(f"{path!r}: {tests.failures + tests.errors} of {tests.total} tests failed")

    def total(self) -> UnitTests:
        from bottega.build.reports.figures import add_tests  # noqa: PLC0415

        return add_tests(self._figures)

    def _name(self, line: str) -> None:
        self._named += 1
        if self._named <= _NAMED:
            self._ctx.log("WARN", line)
        elif self._named == _NAMED + 1:
            self._ctx.log("WARN", "and more like these")
