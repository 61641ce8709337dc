"""From what engines say to findings as they are sent: rule, severity, language, identity and the code around."""

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from bottega.check.engines.base import rule_id
from bottega.check.findings import Edit, Event, Finding, Fix, RawFinding
from bottega.check.languages import ANY
from bottega.check.scanning.analysing import Described, EngineResult
from bottega.check.scanning.content import HASH_BYTES, lines_of, read
from bottega.check.scanning.inventory import SourceFile
from bottega.check.scanning.merging import merge
from bottega.check.scanning.plan import Limits, RuleChoice
from bottega.check.scanning.wire_text import message, sendable
from bottega.check.severities import Severity

AROUND = 3
"""Lines before and after a finding that are shown with it."""
MAX_SHOWN = 12
"""Lines of a finding that spans many."""
MAX_WIDTH = 300
_DIGITS = re.compile(r"\d+")
_MAX_EVENTS, _MAX_FIXES, _MAX_EDITS, _MAX_TEXT = 50, 5, 200, 20_000
_UNKNOWN_SEVERITY = Severity.GENERAL


class Hit(msgspec.Struct):
    """Something an engine found, with the engine."""

    result: EngineResult
    described: Described


def by_file(results: Iterable[EngineResult]) -> dict[str, list[Hit]]:
    """What all engines found, by names of files."""
    found: dict[str, list[Hit]] = {}
    for result in results:
        for name, each in result.files.items():
            if each.findings:
                found.setdefault(name, []).extend(Hit(result, described) for described in each.findings)
    return found


class Maker:
    """Makes the findings of files of one scan."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits

    def findings(self, file: SourceFile, hits: list[Hit], line_hashes: bytes) -> list[Finding]:
        """The findings of one file in the order of its lines, those of the same defect as one."""
        made = [found for hit in hits if (found := self._finding(file, hit)) is not None]
        made = merge(made)
        made.sort(key=lambda each: (each.line, each.column, each.rule, each.message))
        lines = self._lines(file)
        counts: dict[tuple[str, str, str], int] = {}
        for each in made:
            key = (each.rule, each.scope, each.statement)
            each.occurrence = counts.get(key, 0)
            counts[key] = each.occurrence + 1
            _surround(each, lines, line_hashes)
        return made

    def _finding(self, file: SourceFile, hit: Hit) -> Finding | None:
        raw, result = hit.described.raw, hit.result
        rule = rule_id(result.assignment.engine.name, raw.code)
        language, choice = _chosen(result, file, rule)
        if choice is None and _is_switched_off(result, rule):
            return None
        said = message(raw.message)
        return Finding(
            rule=rule,
            path=file.path,
            language=language,
            severity=_severity(choice, raw),
            message=said,
            line=max(0, raw.line),
            column=max(0, raw.column),
            end_line=max(raw.line, raw.end_line, 0),
            end_column=max(0, raw.end_column),
            scope=hit.described.scope,
            statement=hit.described.statement,
            masked=_DIGITS.sub("0", said),
            events=tuple(_event(event) for event in raw.events[:_MAX_EVENTS]),
            fixes=tuple(fix for each in raw.fixes[:_MAX_FIXES] if (fix := _fix(each))),
        )

    def _lines(self, file: SourceFile) -> "Lines":
        try:
            content = read(
                self._folder / file.name,
                size=file.size,
                max_bytes=self._limits.file_bytes,
                max_line=self._limits.line_bytes,
            )
        except OSError:
            return Lines([])
        return Lines(lines_of(content.data))


class Lines:
    """The lines of a file as they are shown. A line is shared by all findings near it, and so kept in memory once."""

    def __init__(self, lines: list[bytes]) -> None:
        self._lines = lines
        self._shown: dict[int, tuple[int, str]] = {}

    def between(self, first: int, last: int) -> tuple[tuple[int, str], ...]:
        """Lines with their numbers, both ends included, as far as there are any."""
        return tuple(self._line(number) for number in range(max(first, 1), min(last, len(self._lines)) + 1))

    def _line(self, number: int) -> tuple[int, str]:
        if (shown := self._shown.get(number)) is None:
            text = self._lines[number - 1].decode("utf-8", "replace").rstrip()
            shown = self._shown[number] = (number, text[:MAX_WIDTH])
        return shown


def _chosen(result: EngineResult, file: SourceFile, rule: str) -> tuple[str, RuleChoice | None]:
    by_language = result.assignment.by_language
    for name in (*file.languages, ANY):
        if (choice := by_language.get(name, {}).get(rule)) is not None:
            return name if name != ANY or not file.languages else file.languages[0], choice
    named = next((name for name in file.languages if name in by_language), None)
    return named or (file.languages[0] if file.languages else ANY), None


def _is_switched_off(result: EngineResult, rule: str) -> bool:
    """Whether a rule is on for another language only."""
    return any(rule in rules for rules in result.assignment.by_language.values())


def _surround(finding: Finding, lines: Lines, hashes: bytes) -> None:
    at = finding.line
    finding.line_hash = _hash(hashes, at)
    finding.before, finding.after = _hash(hashes, at - 1), _hash(hashes, at + 1)
    if at > 0:
        last = min(max(finding.end_line, at), at + MAX_SHOWN)
        finding.fragment = lines.between(at - AROUND, last + AROUND)


def _hash(hashes: bytes, line: int) -> str:
    start = (line - 1) * HASH_BYTES
    return hashes[start : start + HASH_BYTES].hex() if start >= 0 else ""


def _event(event: Event) -> Event:
    return msgspec.structs.replace(
        event, path=sendable(event.path), description=message(event.description), line=max(0, event.line)
    )


def _fix(fix: Fix) -> Fix | None:
    if len(fix.edits) > _MAX_EDITS or sum(len(edit.text) for edit in fix.edits) > _MAX_TEXT:
        return Fix(description=message(fix.description)) if fix.description else None
    edits = tuple(_edit(edit) for edit in fix.edits)
    return Fix(description=message(fix.description), edits=edits, safe=fix.safe)


def _edit(edit: Edit) -> Edit:
    text = sendable(edit.text)
    return edit if text is edit.text else msgspec.structs.replace(edit, text=text)


def _severity(choice: RuleChoice | None, raw: RawFinding) -> int:
    if choice is not None:
        return choice.severity
    return int(_UNKNOWN_SEVERITY) if raw.severity is None else raw.severity
