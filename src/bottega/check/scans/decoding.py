"""A result as an agent sent it: decoded, and refused as a whole if anything in it cannot be.

Agents are not trusted, nor is the sandbox they ran the scan in. What goes on from here has bounded lengths, paths
inside of the repository, numbers that the database takes, and rules that the scan was told to look for.
"""

import re
from collections.abc import Collection, Iterable

import msgspec

from bottega.check.findings import Event, Finding
from bottega.check.languages import ANY, LANGUAGES
from bottega.check.scanning.plan import (
    ChangedLines,
    EngineReport,
    FileMetrics,
    Place,
    ScannedFile,
    ScanResult,
)
from bottega.check.scans.packing import Spoilt, unpack

MOST_BYTES = 1 << 30
"""Of a result, unpacked."""
MOST_FINDINGS = 2_000_000
"""More than can be stored, so that the refusal can say how many there are."""
MOST_FILES = 1_000_000
MOST_DUPLICATES = 200_000
MOST_ENGINES = 100
MOST_CHANGES = 10_000
"""Of files with changed lines, and of stretches of such lines altogether."""
MOST_LINES = 1 << 30
LONGEST_PATH = 4096
LONGEST_TEXT = 20_000
LONGEST_WORD = 200
LONGEST_STATEMENT = 2_000
MOST_PARTS = 200
"""Events, fixes, lines of a fragment and the like of one finding."""
METERS = frozenset({"jscpd"})
"""What duplicates come from: no rule set names it."""
STATES = frozenset({"done", "partly", "failed", "missing"})

_HASH = re.compile(r"[0-9a-f]{0,16}")
_SHA256 = re.compile(r"(?:[0-9a-f]{64})?")
_COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})?")
_RULE = re.compile(r"[a-z0-9-]{1,32}:[^,/\x00-\x1f]{1,120}")
_SEVERITIES = range(4)
_DECODER = msgspec.msgpack.Decoder(ScanResult)


def decode(content: bytes, engines: Collection[str]) -> ScanResult:
    """The result of a scan that had these engines in its plan. Raises :class:`Spoilt` with the place that is wrong."""
    try:
        result = _DECODER.decode(unpack(content, MOST_BYTES))
    except msgspec.MsgspecError as error:
        raise Spoilt(f"it cannot be read: {error}") from None
    except (RecursionError, UnicodeDecodeError) as error:
        raise Spoilt(f"it cannot be read: {type(error).__name__}") from None
    if result.version != 1:
        raise Spoilt(f"it has the version {result.version}, and 1 is known")
    _require(bool(_COMMIT.fullmatch(result.commit)), "commit")
    _bounded(result.files, MOST_FILES, "files")
    _bounded(result.findings, MOST_FINDINGS, "findings")
    _bounded(result.duplicates, MOST_DUPLICATES, "duplicates")
    _bounded(result.engines, MOST_ENGINES, "engines")
    _bounded(result.limits, MOST_PARTS, "limits")
    _texts(result.limits, "limits")
    _bounded(result.notes, MOST_PARTS, "notes")
    _texts(result.notes, "notes")
    _number(result.others, "others")
    _number(result.suppressed, "suppressed")
    _number(result.left_out, "left_out")
    # Databases take no number that is none.
    for seconds in (result.seconds, *(report.seconds for report in result.engines)):
        _require(0 <= seconds <= MOST_LINES, "seconds")
    known = _files(result.files, engines)
    for report in result.engines:
        _report(report, engines)
    for finding in result.findings:
        _finding(finding, known, engines)
    for number, block in enumerate(result.duplicates):
        _bounded(block.places, MOST_PARTS * 10, f"duplicates[{number}]")
        _number(block.lines, "duplicates")
        for place in block.places:
            _place(place)
    _changes(result.changed)
    return result


def _changes(changed: Collection[ChangedLines]) -> None:
    _bounded(changed, MOST_CHANGES, "changed")
    _require(sum(len(file.ranges) for file in changed) <= MOST_CHANGES, "number of changes")
    for file in changed:
        _path(file.path)
        _path(file.former)
        for first, last in file.ranges:
            _number(first, "change")
            _number(last, "change")


def _files(files: Iterable[ScannedFile], engines: Collection[str]) -> set[str]:
    known: set[str] = set()
    for file in files:
        _path(file.path)
        _require(file.path not in known, f"file {file.path[:80]!r}, which is there twice")
        known.add(file.path)
        _require(bool(_SHA256.fullmatch(file.sha256)), "sha256")
        _require(len(file.line_hashes) % 8 == 0, "line_hashes")
        _require(set(file.languages) <= LANGUAGES.keys() and len(file.languages) < MOST_PARTS, "languages")
        _require(set(file.engines) <= set(engines) and len(file.engines) <= MOST_ENGINES, "engines of a file")
        _require(set(file.unread) <= set(engines), "unread")
        _texts([file.skipped, *file.unread.values()], "reason of a file")
        _number(file.size, "size")
        if file.metrics is not None:
            _metrics(file.metrics)
    return known


def _metrics(metrics: FileMetrics) -> None:
    for name in metrics.__struct_fields__:
        _number(getattr(metrics, name), f"metrics.{name}")


def _report(report: EngineReport, engines: Collection[str]) -> None:
    _require(report.engine in engines, f"engine {report.engine[:80]!r}, which was not asked for")
    _require(report.state in STATES, "state of an engine")
    _word(report.version, "version")
    _texts([report.reason], "reason")
    _bounded(report.notes, MOST_PARTS, "notes")
    _texts(report.notes, "notes")
    for count in (report.files, report.analysed, report.from_cache, report.findings):
        _number(count, "engine counts")


def _finding(finding: Finding, files: Collection[str], engines: Collection[str]) -> None:
    for rule in (finding.rule, *finding.also):
        _require(
            bool(_RULE.fullmatch(rule)) and rule.partition(":")[0] in engines,
            f"rule {rule[:80]!r} of a finding",
        )
    _require(finding.path in files, f"finding in {finding.path[:80]!r}, which is not among the files")
    _require(finding.language in LANGUAGES or finding.language == ANY, "language of a finding")
    _require(finding.severity in _SEVERITIES, "severity")
    for number in (finding.line, finding.column, finding.end_line, finding.end_column, finding.occurrence):
        _number(number, "place of a finding")
    _require(0 <= finding.changed_at < 1 << 53, "changed_at")
    _texts([finding.message, finding.masked], "message")
    for text in (finding.scope, finding.statement):
        _text(text, LONGEST_STATEMENT, "scope or statement")
    for digest in (finding.line_hash, finding.before, finding.after):
        _require(bool(_HASH.fullmatch(digest)), "hash of a line")
    for word in (finding.author, finding.author_email):
        _text(word, LONGEST_WORD * 2, "author")
    for parts in (finding.fragment, finding.events, finding.fixes, finding.also):
        _bounded(parts, MOST_PARTS, "parts of a finding")
    for line, text in finding.fragment:
        _number(line, "fragment")
        _text(text, LONGEST_TEXT, "fragment")
    for event in finding.events:
        _event(event)
    for fix in finding.fixes:
        _texts([fix.description], "fix")
        _bounded(fix.edits, MOST_PARTS, "fix")
        for edit in fix.edits:
            _text(edit.text, LONGEST_TEXT, "fix")
            for number in (edit.line, edit.column, edit.end_line, edit.end_column):
                _number(number, "fix")


def _event(event: Event) -> None:
    _path(event.path)
    _texts([event.description], "event")
    _number(event.line, "event")
    _number(event.end_line, "event")


def _place(place: Place) -> None:
    _path(place.path)
    _number(place.line, "place")
    _number(place.end_line, "place")


def _path(path: str) -> None:
    parts = path.split("/")
    inside = 0 < len(path) <= LONGEST_PATH and "" not in parts and ".." not in parts and "." not in parts
    _require(inside and "\0" not in path, f"path {path[:80]!r}")


def _bounded(many: Collection[object], most: int, what: str) -> None:
    if len(many) > most:
        raise Spoilt(f"{what}: there are {len(many)}, {most} are allowed")


def _number(value: int, what: str) -> None:
    _require(0 <= value <= MOST_LINES, what)


def _texts(values: Iterable[str], what: str) -> None:
    for value in values:
        _text(value, LONGEST_TEXT, what)


def _word(value: str, what: str) -> None:
    _text(value, LONGEST_WORD, what)


def _text(value: str, most: int, what: str) -> None:
    # PostgreSQL takes no NUL in texts.
    _require(len(value) <= most and "\0" not in value, what)


def _require(fits: bool, what: str) -> None:
    if not fits:
        raise Spoilt(f"it has an impossible {what}")
