"""What a check task came to, as a PDF for people. In English: its words are ours, and not those of a client."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from bottega.check.scanning.plan import EngineReport
from bottega.check.severities import Severity

MAX_ISSUES = 500
"""So many issues are listed, the gravest first; all of them are in the file for spreadsheets."""
MAX_MESSAGE = 400
MAX_MISSED = 50


class ReportedIssue(msgspec.Struct, frozen=True, kw_only=True):
    severity: int
    rule: str
    place: str
    message: str
    status: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that is told. Times are texts; ``by_severity`` has four numbers; ``figures``, ``coverage`` of a scan."""

    project: str
    task: str
    url: str
    branch: str
    commit: str
    checked_at: str
    made_at_ms: int
    grade: str
    gate: str
    gate_faults: Sequence[str]
    by_severity: Sequence[int]
    statuses: Mapping[str, int]
    new: int
    deferred: int
    figures: Mapping[str, Any]
    coverage: Mapping[str, Any]
    issues: Sequence[ReportedIssue]
    total: int


def draw(report: Report, fonts: Sequence[Path]) -> bytes:
    """The file. Raises :class:`~bottega.check.reports.pdf_document.FontUnreadable`."""
    # It brings a library for fonts along, which would double the time a server takes to start.
    from bottega.check.reports.pdf_document import Document  # noqa: PLC0415

    made = Document(f"Code check of {report.task}", fonts, report.made_at_ms)
    made.heading(f"Code check of {report.task}", 18)
    made.pairs(_about(report))
    made.heading("Issues")
    made.pairs(_counts(report))
    made.heading("Code")
    made.pairs(_sizes(report.figures))
    made.heading("What was looked at")
    _coverage(made, report.coverage)
    if top := report.figures.get("top_rules"):
        made.heading("Rules with most issues")
        made.pairs([(str(count), rule) for rule, count in top])
    made.heading("Pending issues")
    if report.total > len(report.issues):
        made.line(f"The gravest {len(report.issues)} of {report.total}.", grey=True)
    if not report.issues:
        made.line("None.")
    for one in report.issues:
        made.space()
        made.line(f"[{Severity(one.severity).name.lower()}] {one.place}", 8.5)
        made.line(_cut(one.message), 8.5)
        made.line(f"{one.rule}, {one.status}", 7, grey=True)
    if made.missing:
        made.heading("Characters")
        made.line(
            f"{made.missing} characters are written by their number, such as <U+4E2D>: no font of the server has "
            "them. The setting reports.fonts names fonts that do."
        )
    return made.content()


def _about(report: Report) -> list[tuple[str, object]]:
    gate = {"success": "passed", "error": "failed"}.get(report.gate, "none")
    return [
        ("Project", report.project),
        ("Repository", report.url),
        ("Branch", report.branch),
        ("Commit", report.commit or "unknown"),
        ("Checked", report.checked_at or "never"),
        ("Code health", report.grade or "unknown"),
        ("Quality gate", ": ".join([gate, *filter(None, ["; ".join(report.gate_faults)])])),
    ]


def _counts(report: Report) -> list[tuple[str, object]]:
    pending = [(f"Pending, {one.name.lower()}", report.by_severity[one]) for one in Severity]
    others = [(name.capitalize(), count) for name, count in report.statuses.items()]
    return [*pending, ("New", report.new), ("Deferred", report.deferred), *others]


def _sizes(figures: Mapping[str, Any]) -> list[tuple[str, object]]:
    def figure(name: str) -> int:
        return int(figures.get(name, 0))

    def share(part: int, whole: int) -> str:
        return f"{part} ({100 * part / whole if whole else 0:.1f} %)"

    functions = figure("functions")
    return [
        ("Files", figure("files")),
        ("Lines", figure("lines")),
        ("Lines of code", figure("code")),
        ("Comment lines", share(figure("comments"), figure("comments") + figure("code"))),
        ("Duplicated lines", share(figure("duplicated_lines"), figure("code"))),
        ("Functions", functions),
        ("Complexity per function", f"{figure('complexity') / functions if functions else 0:.2f}"),
        ("Complex functions", share(figure("complex_functions"), functions)),
    ]


def _coverage(made: Any, coverage: Mapping[str, Any]) -> None:
    if not coverage:
        made.line("Nothing yet.")
        return
    made.pairs(
        [
            ("Complete", "yes" if coverage.get("complete") else "no"),
            ("Files found", coverage.get("files", 0)),
            ("Files analysed", coverage.get("analysed", 0)),
            ("Files skipped", coverage.get("skipped", 0)),
        ]
    )
    for report in msgspec.convert(coverage.get("engines", []), list[EngineReport]):
        name = " ".join(filter(None, [report.engine, report.version]))
        reason = f": {report.reason}" if report.reason else ""
        made.line(
            f"{name}: {report.state}{reason}, {report.analysed} of {report.files} files, {report.findings} findings",
            8.5,
        )
    for sentence in (*coverage.get("limits", ()), *coverage.get("notes", ())):
        made.line(sentence, 8.5)
    missed: Sequence[Sequence[str]] = coverage.get("missed", ())
    for path, engine, reason in missed[:MAX_MISSED]:
        made.line(f"{path}: not analysed{f' by {engine}' if engine else ''}: {reason}", 8, grey=True)
    if len(missed) > MAX_MISSED:
        made.line("More files were not analysed than are named here.", 8, grey=True)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_MESSAGE else f"{text[:MAX_MESSAGE]}…"
