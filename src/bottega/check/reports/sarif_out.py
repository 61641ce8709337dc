"""Findings as SARIF 2.1.0, for forges, editors and other tools.

Shapes and meanings: the OASIS standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bottega import __version__
from bottega.check.engines.base import RuleFacts
from bottega.check.findings import Finding, Fix
from bottega.check.reports.line_print import NAME as LINE_PRINT
from bottega.check.reports.line_print import line_prints
from bottega.check.scanning.plan import EngineReport, ScannedFile, ScanResult
from bottega.check.severities import Severity
from bottega.check.tracking.fingerprint import NAME, fingerprint

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
TOOL = "Bottega"
ROOT = "%SRCROOT%"
_LEVELS = {
    Severity.FATAL: "error",
    Severity.SERIOUS: "error",
    Severity.GENERAL: "warning",
    Severity.HINT: "note",
}
_SECURITY = {
    Severity.FATAL: "9.5",
    Severity.SERIOUS: "7.5",
    Severity.GENERAL: "5.0",
    Severity.HINT: "2.0",
}
"""What forges sort findings about security by; only rules with a CWE have it."""
_MAX_NOTICES = 1_000
BASES = {ROOT: {"description": {"text": "The folder that was scanned."}}}

Json = dict[str, Any]


def sarif(
    result: ScanResult,
    facts: Mapping[str, RuleFacts],
    text_of: Callable[[str], str | None] = lambda _path: None,
) -> Json:
    """A log with one run. ``facts`` are what is known of rules by unified id.

    ``text_of`` reads a file of the scan by its path, for the line hashes of GitHub; None where there is no text.
    """
    rules = sorted({finding.rule for finding in result.findings})
    index = {rule: number for number, rule in enumerate(rules)}
    prints = _Prints(text_of)
    run: Json = {
        "tool": {
            "driver": {
                "name": TOOL,
                "semanticVersion": __version__,
                "rules": [described(rule, facts.get(rule)) for rule in rules],
            },
            "extensions": [
                {"name": report.engine, "version": report.version or "unknown"} for report in result.engines
            ],
        },
        "invocations": [_invocation(result)],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": BASES,
        "results": [
            found(one, index[one.rule], _fingerprint(one), prints.of(one.path, one.line))
            for one in result.findings
        ],
    }
    if result.commit:
        run["properties"] = {"commit": result.commit}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


class _Prints:
    """Line hashes of the file that was asked for last: findings come file by file."""

    def __init__(self, text_of: Callable[[str], str | None]) -> None:
        self._text_of = text_of
        self._path = ""
        self._prints: list[str] = []

    def of(self, path: str, line: int) -> str:
        if path != self._path:
            text = self._text_of(path)
            self._path, self._prints = path, line_prints(text) if text is not None else []
        return self._prints[line - 1] if 0 < line <= len(self._prints) else ""


def described(rule: str, facts: RuleFacts | None) -> Json:
    """A rule by its unified id, and what is known of it."""
    if facts is None:
        return {"id": rule}
    described: Json = {
        "id": rule,
        "name": "".join(word[:1].upper() + word[1:] for word in facts.name.split()),
        "shortDescription": {"text": facts.name or rule},
        "defaultConfiguration": {"level": _LEVELS[facts.severity]},
        "properties": {
            "tags": [*facts.tags, *(f"external/cwe/cwe-{number:03}" for number in facts.cwe), *facts.owasp]
        },
    }
    if facts.cwe:
        described["properties"]["security-severity"] = _SECURITY[facts.severity]
    text = "\n\n".join(part for part in (facts.description, facts.advice) if part)
    if text:
        described["fullDescription"] = {"text": facts.description or text}
        described["help"] = {"text": text, "markdown": text}
    if facts.url:
        described["helpUri"] = facts.url
    return described


def _fingerprint(one: Finding) -> str:
    return fingerprint(one.rule, one.path, one.scope, one.statement, one.occurrence)


def found(finding: Finding, index: int | None, identity: str, line_print: str = "") -> Json:
    """A result. ``index`` is the place of its rule in the log, if it is there; ``identity`` is its fingerprint."""
    made: Json = {
        "ruleId": finding.rule,
        "level": _LEVELS[Severity(finding.severity)],
        "message": {"text": finding.message or finding.rule},
        "locations": [_location(finding.path, finding)],
        "partialFingerprints": {NAME: identity},
        "properties": {"severity": finding.severity},
    }
    if index is not None:
        made["ruleIndex"] = index
    if line_print:
        made["partialFingerprints"][LINE_PRINT] = line_print
    if finding.scope:
        made["locations"][0]["logicalLocations"] = [{"fullyQualifiedName": finding.scope}]
    if finding.also:
        made["properties"]["alsoFoundBy"] = list(finding.also)
    if finding.events:
        made["codeFlows"] = [{"threadFlows": [{"locations": [_step(event) for event in finding.events]}]}]
    if fixes := [_fix(finding.path, fix) for fix in finding.fixes if fix.edits]:
        made["fixes"] = fixes
    return made


def _artifact(path: str) -> Json:
    return {"uri": quote(path), "uriBaseId": ROOT}


def _location(path: str, finding: Finding) -> Json:
    place: Json = {"artifactLocation": _artifact(path)}
    if finding.line > 0:
        place["region"] = _region(finding.line, finding.column, finding.end_line, finding.end_column)
        if finding.fragment:
            place["contextRegion"] = {
                "startLine": finding.fragment[0][0],
                "endLine": finding.fragment[-1][0],
                "snippet": {"text": "\n".join(line for _, line in finding.fragment) + "\n"},
            }
    return {"physicalLocation": place}


def _region(line: int, column: int, end_line: int, end_column: int) -> Json:
    region: Json = {"startLine": line}
    if column > 0:
        region["startColumn"] = column
    if end_line > line:
        region["endLine"] = end_line
    if end_column > 0 and (end_line > line or end_column >= max(column, 1)):
        region["endColumn"] = end_column
    return region


def _step(event: Any) -> Json:
    region: Json = {"startLine": max(event.line, 1)}
    if event.end_line > event.line:
        region["endLine"] = event.end_line
    return {
        "importance": "essential" if event.main else "important",
        "location": {
            "physicalLocation": {"artifactLocation": _artifact(event.path), "region": region},
            "message": {"text": event.description or "here"},
        },
    }


def _fix(path: str, fix: Fix) -> Json:
    made: Json = {
        "artifactChanges": [
            {
                "artifactLocation": _artifact(path),
                "replacements": [
                    {
                        "deletedRegion": {
                            "startLine": max(edit.line, 1),
                            "startColumn": max(edit.column, 1),
                            "endLine": max(edit.end_line, edit.line, 1),
                            "endColumn": max(edit.end_column, 1),
                        },
                        "insertedContent": {"text": edit.text},
                    }
                    for edit in fix.edits
                ],
            }
        ]
    }
    if fix.description:
        made["description"] = {"text": fix.description}
    return made


def _invocation(result: ScanResult) -> Json:
    """What was looked at and what was not, as the standard has it."""
    notices = scan_notices(result.engines, [*result.limits, *result.notes])
    for file in result.files:
        if len(notices) >= _MAX_NOTICES:
            notices.append(notice("note", "more files were not analysed than are named here"))
            break
        notices += _file_notices(file)
    return {
        "executionSuccessful": all_worked(result.engines),
        "toolExecutionNotifications": notices,
    }


def all_worked(reports: Sequence[EngineReport]) -> bool:
    """Whether no engine failed."""
    return all(report.state != "failed" for report in reports)


def scan_notices(reports: Sequence[EngineReport], limits: Sequence[str]) -> list[Json]:
    """What a scan could not do, without single files."""
    levels = {"failed": "error", "missing": "error", "partly": "warning"}
    engines = [
        notice(levels[report.state], f"{report.engine}: {report.state}: {report.reason}")
        for report in reports
        if report.state in levels
    ]
    return [*engines, *(notice("note", text) for text in limits)]


def _file_notices(file: ScannedFile) -> list[Json]:
    if file.skipped:
        return [notice("warning", f"not analysed: {file.skipped}", file.path)]
    return [
        notice("warning", f"not analysed by {engine}: {reason}", file.path)
        for engine, reason in file.unread.items()
        if not reason.startswith(("missing: ", "failed: "))
    ]


def notice(level: str, text: str, path: str = "") -> Json:
    """Something that is no finding; ``path`` is the file it is about."""
    made: Json = {"level": level, "message": {"text": text}}
    if path:
        made["locations"] = [{"physicalLocation": {"artifactLocation": _artifact(path)}}]
    return made
