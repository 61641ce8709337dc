"""What a step's command left of coverage reports: found in the workspace, read, and told to the server.

Coverage never fails a step: what is wrong with a report is a warning.
"""

from __future__ import annotations

from bottega.build.actions.workspace_files import Patterns, WalkTooLong, find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from bottega.agent.runner.context import StepContext
    from bottega.build.reports.figures import Coverage

IN_FOLDERS = ("*.xml", "*.info")
"""What is looked at in a folder that the path names: reports for people are folders, and the figures lie in them."""
MAX_FILES = 20_000
MAX_BYTES = 512 << 20
_NAMED = 10


def collect(ctx: StepContext, pattern: str, patterns: Patterns, since: int) -> None:
    """Report the coverage of the files that came since ``since`` (of ``unit_tests.file_time``)."""
    # Steps without reports need not pay for this.
    from bottega.build.reports.errors import ReportUnreadable  # noqa: PLC0415

    reports = CoverageFiles(ctx, since)
    try:
        for file in find(ctx.workspace, patterns, ctx.refuse_if_halted):
            reports.add(file.path, file.status.st_ctime_ns, file.status.st_size, file.read)
    except WalkTooLong as error:
        ctx.log("WARN", f"coverage is not collected: {error}")
        return
    if reports.older:
        ctx.log("DEBUG", f"{reports.older} coverage reports are older than the command and not read")
    if not reports.count:
        ctx.log("WARN", f"no coverage report: the command wrote none that matches {pattern!r}")
        reports.name_others()
        return
    try:
        total = reports.total()
    except ReportUnreadable as error:
        ctx.log("WARN", f"coverage is not collected: together {error.reason}")
        return
    counters = {
        kind: (counter.covered, counter.total)
        for kind in total.__struct_fields__
        if (counter := getattr(total, kind)) is not None
    }
    shown = ", ".join(f"{kind} {_share(*counter)}" for kind, counter in counters.items())
    ctx.log("INFO", f"coverage of {reports.count} reports: {shown or 'nothing was counted'}")
    ctx.emit_coverage(counters)


def _share(covered: int, total: int) -> str:
    return f"{covered * 100 / total:.2f} % ({covered} of {total})" if total else "none"


class CoverageFiles:
    """Reads files one by one. ``count`` are reports among ``looked_at`` files, ``size`` is what was read in bytes.

    Tools write the same figures in several forms side by side: in each folder only the form that knows most counts.
    """

    def __init__(self, ctx: StepContext, since: int) -> None:
        self._ctx = ctx
        self._since = since
        self._folders: dict[str, dict[str, list[Coverage]]] = {}
        self._faults = _Named(ctx)
        self._others: list[tuple[str, str]] = []
        self.looked_at = 0
        self.size = 0
        self.older = 0

    @property
    def count(self) -> int:
        """How many reports count."""
        return sum(len(one) for one in self._counting())

    def add(self, path: str, changed: int, size: int, read: Callable[[int], bytes]) -> None:
        """Read one file, last changed at ``changed``. Raises WalkTooLong, Halted."""
        # Steps without reports need not pay for these.
        from bottega.build.reports import coverage_formats  # noqa: PLC0415
        from bottega.build.reports.errors import ReportUnreadable  # noqa: PLC0415

        if changed < self._since:
            self.older += 1
            return
        self.looked_at += 1
        self.size += min(size, coverage_formats.MAX_BYTES)
        if self.looked_at > MAX_FILES:
            raise WalkTooLong(f"there are more than {MAX_FILES} of them")
        if self.size > MAX_BYTES:
            raise WalkTooLong(f"they have more than {MAX_BYTES >> 20} MiB")
        self._ctx.refuse_if_halted()
        try:
            form, coverage = coverage_formats.read(read(coverage_formats.MAX_BYTES + 1))
        except coverage_formats.NoCoverageReport as error:
            self._others.append((path, error.reason))
            return
        except (ReportUnreadable, OSError) as error:
            self._faults.add(path, error.reason if isinstance(error, ReportUnreadable) else error.strerror)
            return
        folder = path.rpartition("/")[0]
        self._folders.setdefault(folder, {}).setdefault(form, []).append(coverage)

    def name_others(self) -> None:
        """Say what the files are that matched and are no reports, as many lie beside reports."""
        named = _Named(self._ctx)
        for path, reason in self._others:
            named.add(path, reason)

    def total(self) -> Coverage:
        """All reports that count together. Raises :class:`ReportUnreadable` for more than anybody can have."""
        from bottega.build.reports.figures import add_coverage, check_coverage  # noqa: PLC0415

        total = add_coverage(one for some in self._counting() for one in some)
        check_coverage(total)
        return total

    def _counting(self) -> list[list[Coverage]]:
        from bottega.build.reports.coverage_formats import FORMATS  # noqa: PLC0415

        return [next(found[form] for form in FORMATS if form in found) for found in self._folders.values()]


class _Named:
    """Names the first few files in the log."""

    def __init__(self, ctx: StepContext) -> None:
        self._ctx = ctx
        self._count = 0

    def add(self, path: str, reason: str | None) -> None:
        self._count += 1
        if self._count <= _NAMED:
            self._ctx.log("WARN", f"coverage report {path!r} {reason}")
        elif self._count == _NAMED + 1:
            self._ctx.log("WARN", "and more like these")
