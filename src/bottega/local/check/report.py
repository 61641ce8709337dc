"""What a check found, for the person at the terminal."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import TextIO

from rich.console import Console
from rich.text import Text

from bottega.check.findings import Finding
from bottega.check.scanning.plan import UNCHANGED, ScanResult
from bottega.check.severities import Severity
from bottega.local.check.gate import count

_STYLES = {
    Severity.FATAL: "bold white on red",
    Severity.SERIOUS: "bold red",
    Severity.GENERAL: "yellow",
    Severity.HINT: "cyan",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What would move the cursor or turn a line around."""
_AROUND = 1
_MAX_NAMED = 10
_WIDTH = 120


class Report:
    """Writes to ``file``, with colours on a terminal."""

    def __init__(self, file: TextIO) -> None:
        console = Console(file=file, highlight=False, soft_wrap=True)
        self._console = (
            console
            if console.is_terminal
            else Console(file=file, highlight=False, soft_wrap=True, width=_WIDTH, no_color=True)
        )

    def findings(self, findings: Sequence[Finding], most: int) -> None:
        """All findings with the code around them, by file; the gravest ``most`` if there are more."""
        shown = list(findings)
        if len(shown) > most:
            kept = {id(each) for each in sorted(shown, key=lambda each: each.severity)[:most]}
            shown = [each for each in shown if id(each) in kept]
        for path, group in groupby(shown, key=lambda each: each.path):
            self._line(Text(_clean(path), style="bold underline"))
            for finding in group:
                self._finding(finding)
            self._line(Text())
        if len(shown) < len(findings):
            self._line(
                Text(f"… and {len(findings) - len(shown)} more; --most shows more of them", style="dim")
            )

    def summary(self, result: ScanResult, missing: dict[str, str], faults: Sequence[str]) -> None:
        """How many findings, what was looked at and what was not, and whether the gate is passed."""
        counts = count(result.findings)
        line = Text(f"{len(result.findings)} findings: ")
        for severity in Severity:
            said = f"{counts[severity]} {severity.name.lower()}"
            line.append(said, style=_STYLES[severity] if counts[severity] else "dim")
            line.append("" if severity is Severity.HINT else ", ")
        self._line(line)
        self._coverage(result, missing)
        for fault in faults:
            self._line(Text(f"the gate is not passed: {fault}", style="bold red"))

    def _finding(self, finding: Finding) -> None:
        severity = Severity(finding.severity)
        head = Text(f"  {finding.line}:{finding.column} " if finding.line else "  ", style="dim")
        head.append(severity.name.lower(), style=_STYLES[severity])
        head.append(f" {_clean(finding.message)} ")
        also = f", {', '.join(finding.also)}" if finding.also else ""
        head.append(f"({finding.rule}{also})", style="dim")
        self._line(head)
        last = max(finding.end_line, finding.line)
        for number, text in finding.fragment:
            if finding.line - _AROUND <= number <= min(last, finding.line + 2) + _AROUND:
                hit = finding.line <= number <= last
                line = Text(f"  {'>' if hit else ' '} {number:>5} │ ", style="" if hit else "dim")
                line.append(_clean(text), style="" if hit else "dim")
                self._line(line)

    def _coverage(self, result: ScanResult, missing: dict[str, str]) -> None:
        looked = sum(1 for file in result.files if file.engines)
        others = sum(1 for file in result.files if file.skipped == UNCHANGED)
        said = f"{looked} of {len(result.files) - others} files analysed"
        engines = ", ".join(
            f"{report.engine} {report.version}"
            for report in result.engines
            if report.state in {"done", "partly"}
        )
        self._line(Text(f"{said} in {result.seconds:.1f} s by {engines or 'no engine'}", style="dim"))
        for report in result.engines:
            if report.state in {"missing", "failed", "partly"}:
                style = "yellow" if report.state == "partly" else "bold red"
                self._line(Text(_clean(f"{report.engine}: {report.state}: {report.reason}"), style=style))
        for engine, reason in missing.items():
            self._line(Text(_clean(f"{engine}: missing: {reason}"), style="bold red"))
        skipped = [file for file in result.files if file.skipped and file.skipped != UNCHANGED]
        for file in skipped[:_MAX_NAMED]:
            self._line(Text(_clean(f"not analysed: {file.path}: {file.skipped}"), style="yellow"))
        if len(skipped) > _MAX_NAMED:
            self._line(Text(f"not analysed: {len(skipped) - _MAX_NAMED} more files", style="yellow"))
        for sentence in (*result.limits, *result.notes):
            self._line(Text(_clean(sentence), style="yellow"))

    def _line(self, text: Text) -> None:
        self._console.print(text)


def _clean(text: str) -> str:
    return _CONTROL.sub("\ufffd", text).replace("\n", "␤").expandtabs(4)
