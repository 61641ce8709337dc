"""Judging a check: how many issues of each severity there are, against how many there may be."""

from collections.abc import Mapping, Sequence
from typing import Any

from bottega.check.tasks.settings import Gate

NAMES = ("fatal", "serious", "general", "hint")
"""The severities from 0 on, as people read them."""

PASSED, FAILED = "success", "error"
"""What a check's ``gate`` says (reference, section 4.1)."""

_SHOWN = 5


def judge(gate: Gate, counts: Sequence[int], coverage: Mapping[str, Any]) -> list[str]:
    """Why the gate fails, as sentences; nothing for one that is passed.

    ``counts`` are open official issues by severity, and ``coverage`` is what each engine did.
    """
    faults: list[str] = []
    for item in gate.items:
        found = counts[item.severity] if 0 <= item.severity < len(counts) else 0
        if item.on and found > item.value:
            faults.append(f"{found} {NAMES[item.severity]} issues, {item.value} are allowed")
    if gate.coverage:
        faults += gaps(coverage)
    return faults


def gaps(coverage: Mapping[str, Any]) -> list[str]:
    """What was not looked at of what the task asks for, as sentences: engines first, then files."""
    if coverage.get("complete", True):
        return []
    said: list[str] = []
    reports: Sequence[Mapping[str, Any]] = coverage.get("engines", ())
    for report in reports:
        name, state = report["engine"], report.get("state", "done")
        if state == "partly":
            left = report.get("files", 0) - report.get("analysed", 0)
            said.append(f"{name} could not read {left} of {report.get('files', 0)} files")
        elif state != "done":
            said.append(f"{name} is {state}: {report.get('reason') or 'it gave no reason'}")
    lost: Mapping[str, int] = coverage.get("lost", {})
    if lost:
        named = "; ".join(f"{count} times {reason}" for reason, count in list(lost.items())[:_SHOWN])
        said.append(f"{sum(lost.values())} files were not looked at ({named})")
    said += [str(limit) for limit in coverage.get("limits", [])[:_SHOWN]]
    return said
