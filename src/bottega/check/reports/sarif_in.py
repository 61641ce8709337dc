"""Findings of other tools, read from SARIF 2.1.0.

What is no finding by the standard is left out: kinds other than ``fail``, and what a baseline calls absent. Several
locations are one finding at the first of them.
"""

import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from bottega.check.engines.base import rule_id
from bottega.check.findings import Edit, Event, Finding, Fix
from bottega.check.issues.marks import IMPORTED
from bottega.check.languages import ANY, of_file
from bottega.check.reports.sarif_model import (
    CodeFlow,
    Location,
    Log,
    Message,
    Region,
    Result,
    Rule,
    Run,
    SarifFix,
)
from bottega.check.reports.sarif_out import TOOL
from bottega.check.reports.sarif_places import Places
from bottega.check.scanning.content import HASH_BYTES
from bottega.check.scanning.context import squeeze
from bottega.check.severities import Severity
from bottega.errors import Invalid

MAX_BYTES = 64 << 20
"""Of a log, unpacked."""
MAX_RESULTS = 100_000
MAX_TOOL = 26
MAX_RULE = 120
MAX_FRAGMENT_LINES, MAX_WIDTH = 12, 300
MAX_EVENTS, MAX_FIXES, MAX_EDITS = 50, 5, 200

NO_FINDING, NO_RULE, NO_PLACE = "no finding", "without a rule", "without a place in the repository"
SUPPRESSED = "suppressed in the imported report"

_GZIP = b"\x1f\x8b"
_DIGITS = re.compile(r"\d+")
_NO_TOOL = re.compile(r"[^a-z0-9]+")
_HIDDEN = re.compile(r"[\x00-\x1f]+")
_ARGUMENT = re.compile(r"\{(\d{1,3})\}")
_LEVELS = {
    "error": Severity.SERIOUS,
    "warning": Severity.GENERAL,
    "note": Severity.HINT,
    "none": Severity.HINT,
}
_SECURITY = ((9.0, Severity.FATAL), (7.0, Severity.SERIOUS), (4.0, Severity.GENERAL))
_DECODER = msgspec.json.Decoder(Log)


class ImportedTool(msgspec.Struct, kw_only=True):
    """What one tool found. ``analysed`` are the files it says it has looked at, None if it does not say.

    ``complete`` is False if it says that it failed; ``unread`` are files that it could not read. ``skipped`` counts
    results that become no issue, by reason.
    """

    engine: str
    name: str
    version: str
    findings: list[Finding]
    complete: bool = True
    analysed: set[str] | None = None
    unread: set[str] = msgspec.field(default_factory=set[str])
    skipped: Counter[str] = msgspec.field(default_factory=Counter[str])


def read(body: bytes, *, tool: str = "", root: str = "") -> list[ImportedTool]:
    """What the tools of a log have found, each tool once; ``body`` may be packed with gzip.

    ``tool`` is what to call the only tool there is, ``root`` the folder it ran in. Raises :class:`Invalid` with the
    place that is not as the standard has it.
    """
    log = _decoded(_unpacked(body))
    if sum(len(run.results or ()) for run in log.runs) > MAX_RESULTS:
        raise Invalid("runs", f"there are more than {MAX_RESULTS} results")
    found: dict[str, ImportedTool] = {}
    for number, run in enumerate(log.runs):
        if run.results is None:
            continue
        engine = engine_name(tool or run.tool.driver.name, f"runs[{number}].tool.driver.name")
        driver = run.tool.driver
        one = ImportedTool(
            engine=engine, name=driver.name, version=driver.semanticVersion or driver.version, findings=[]
        )
        _Reader(run, one, root).read()
        found[engine] = _joined(found[engine], one) if engine in found else one
    if not found:
        raise Invalid("runs", "no run has results: not even an empty list of them")
    if tool and len({one.tool.driver.name for one in log.runs}) > 1:
        raise Invalid("tool", "the report is of several tools")
    for one in found.values():
        _count_occurrences(one.findings)
    return list(found.values())


def engine_name(tool: str, field: str = "tool") -> str:
    """The engine that stands for a tool. Raises :class:`Invalid` for a name without a letter or digit."""
    word = _NO_TOOL.sub("-", tool.casefold()).strip("-")[:MAX_TOOL].strip("-")
    if not word:
        raise Invalid(field, "has no letter or digit that an engine could be called by")
    return f"{IMPORTED}{word}"


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(_GZIP):
        return body
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        content = unpacker.decompress(body, MAX_BYTES)
    except zlib.error:
        raise Invalid("body", "is packed, but not as gzip has it") from None
    if unpacker.unconsumed_tail:
        raise Invalid("body", f"has more than {MAX_BYTES} bytes when unpacked")
    if not unpacker.eof:
        raise Invalid("body", "is packed, and breaks off")
    return content


def _decoded(content: bytes) -> Log:
    try:
        return _DECODER.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except msgspec.ValidationError as error:
        raise Invalid("body", f"is not SARIF 2.1.0: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("body", f"is not JSON: {error}") from None


class _Reader:
    """Reads one run into one tool."""

    def __init__(self, run: Run, into: ImportedTool, root: str) -> None:
        self._run = run
        self._into = into
        self._places = Places(run.originalUriBaseIds, run.artifacts, root)

    def read(self) -> None:
        """Fill it."""
        into, path = self._into, self._places.path
        into.complete = all(one.executionSuccessful for one in self._run.invocations)
        targets = [one.location for one in self._run.artifacts if "analysisTarget" in one.roles]
        if targets:
            into.analysed = {found for one in targets if (found := path(one)) is not None}
        for invocation in self._run.invocations:
            for notice in invocation.toolExecutionNotifications:
                if notice.level == "error":
                    into.unread |= {
                        found for one in notice.locations if (found := self._path(one)) is not None
                    }
        for result in self._run.results or ():
            made = self._finding(result)
            if isinstance(made, str):
                into.skipped[made] += 1
            else:
                into.findings.append(made)

    def _finding(self, result: Result) -> Finding | str:
        """The finding, or why it is none."""
        if result.kind != "fail" or result.baselineState == "absent":
            return NO_FINDING
        rule, code = self._rule(result)
        if not code:
            return NO_RULE
        location = result.locations[0] if result.locations else None
        path = self._path(location)
        if location is None or path is None:
            return NO_PLACE
        physical = location.physicalLocation
        region = (physical.region if physical else None) or Region()
        line = region.startLine or 0
        said = _text(result.message, rule) or code
        masked = _DIGITS.sub("0", said)
        fragment = _fragment(region) or _fragment((physical.contextRegion if physical else None) or Region())
        own_line = next((text for number, text in fragment if number == line), "")
        languages = of_file(path)
        accepted = [one for one in result.suppressions if one.status == "accepted"]
        return Finding(
            rule=rule_id(self._into.engine, code),
            path=path,
            language=languages[0].name if languages else ANY,
            severity=self._severity(result, rule),
            message=said,
            line=line,
            column=region.startColumn or 0,
            end_line=max(region.endLine or line, line),
            end_column=region.endColumn or 0,
            scope=next((one.fullyQualifiedName or one.name for one in location.logicalLocations), ""),
            statement=_identity(result) or squeeze(own_line),
            masked=masked,
            # Without any code the message is all that tells a finding from another one.
            line_hash=_hash("".join(own_line.split()) or masked),
            fragment=fragment,
            events=self._events(result.codeFlows),
            fixes=tuple(fix for one in result.fixes[:MAX_FIXES] if (fix := self._fix(one, path)) is not None),
            suppressed=(accepted[0].justification or SUPPRESSED) if accepted else "",
        )

    def _severity(self, result: Result, rule: Rule | None) -> Severity:
        """Our own logs say it beside the level, which has one word for two of ours."""
        said = result.properties.get("severity")
        if self._run.tool.driver.name == TOOL and said in list(Severity):
            return Severity(said)
        return _severity(result, rule)

    def _rule(self, result: Result) -> tuple[Rule | None, str]:
        """What the log says of a result's rule, and the rule's name."""
        reference, tool = result.rule, self._run.tool
        component = tool.driver
        index = result.ruleIndex
        if reference is not None:
            index = reference.index if reference.index >= 0 else index
            if (of := reference.toolComponent) is not None and 0 <= of.index < len(tool.extensions):
                component = tool.extensions[of.index]
        rule = component.rules[index] if 0 <= index < len(component.rules) else None
        code = result.ruleId or (reference.id if reference else "") or (rule.id if rule else "")
        if rule is None and code:
            rule = next((one for one in component.rules if one.id == code), None)
        code = _HIDDEN.sub(" ", code).strip()
        if len(code) > MAX_RULE:
            code = (
                f"{code[: MAX_RULE - 17]}…{hashlib.sha256(code.encode('utf-8', 'replace')).hexdigest()[:16]}"
            )
        return rule, code

    def _path(self, location: Location | None) -> str | None:
        physical = location.physicalLocation if location else None
        return self._places.path(physical.artifactLocation) if physical else None

    def _events(self, flows: list[CodeFlow]) -> tuple[Event, ...]:
        events: list[Event] = []
        for step in flows[0].threadFlows[0].locations[:MAX_EVENTS] if flows else ():
            path = self._path(step.location)
            if step.location is None or path is None:
                continue
            physical = step.location.physicalLocation
            region = (physical.region if physical else None) or Region()
            message = step.location.message
            events.append(
                Event(
                    path=path,
                    line=region.startLine or 1,
                    end_line=region.endLine or 0,
                    description=(message.text or message.markdown) if message else "",
                    main=step.importance == "essential",
                )
            )
        return tuple(events)

    def _fix(self, fix: SarifFix, path: str) -> Fix | None:
        """The fix; its edits only if all of them are in the file of the finding."""
        description = (fix.description.text or fix.description.markdown) if fix.description else ""
        own = all(self._places.path(change.artifactLocation) == path for change in fix.artifactChanges)
        replaced = [one for change in fix.artifactChanges for one in change.replacements] if own else []
        edits: list[Edit] = []
        for one in replaced:
            region, start = one.deletedRegion, one.deletedRegion.startLine
            if start is None or region.startColumn is None or len(replaced) > MAX_EDITS:
                edits = []
                break
            edits.append(
                Edit(
                    line=start,
                    column=region.startColumn,
                    end_line=region.endLine or start,
                    end_column=region.endColumn or region.startColumn,
                    text=one.insertedContent.text if one.insertedContent else "",
                )
            )
        return Fix(description=description, edits=tuple(edits)) if description or edits else None


def _severity(result: Result, rule: Rule | None) -> Severity:
    """By the rule's ``security-severity``, as forges do; else by the level of the result, or of its rule."""
    score = rule.properties.get("security-severity") if rule else None
    if isinstance(score, str | int | float):
        try:
            number = float(score)
        except ValueError:
            number = -1.0
        if number >= 0:
            return next((severity for bound, severity in _SECURITY if number >= bound), Severity.HINT)
    configured = rule.defaultConfiguration.level if rule and rule.defaultConfiguration else "warning"
    return _LEVELS[result.level or configured]


def _text(message: Message, rule: Rule | None) -> str:
    template = message.text or message.markdown
    if not template and message.id and rule is not None:
        named = rule.messageStrings.get(message.id, Message())
        template = named.text or named.markdown
    given = message.arguments

    def argument(found: re.Match[str]) -> str:
        at = int(found[1])
        return given[at] if at < len(given) else found[0]

    return _ARGUMENT.sub(argument, template) if given else template


def _identity(result: Result) -> str:
    """What the tool itself recognises the result by; several of these are taken together."""
    known: Mapping[str, str] = result.fingerprints or result.partialFingerprints
    if not known:
        return ""
    joined = "\0".join(f"{name}={value}" for name, value in sorted(known.items()))
    return f"sarif:{hashlib.sha256(joined.encode('utf-8', 'replace')).hexdigest()}"


def _fragment(region: Region) -> tuple[tuple[int, str], ...]:
    text = region.snippet.text if region.snippet else ""
    if not text or region.startLine is None:
        return ()
    lines = text.splitlines()[:MAX_FRAGMENT_LINES]
    return tuple((region.startLine + at, line[:MAX_WIDTH]) for at, line in enumerate(lines))


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=HASH_BYTES).hexdigest()


def _joined(one: ImportedTool, other: ImportedTool) -> ImportedTool:
    """Several runs of the same tool."""
    one.findings += other.findings
    one.complete = one.complete and other.complete
    one.analysed = None if one.analysed is None or other.analysed is None else one.analysed | other.analysed
    one.unread |= other.unread
    one.skipped += other.skipped
    return one


def _count_occurrences(findings: Iterable[Finding]) -> None:
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for one in sorted(findings, key=lambda one: (one.path, one.line, one.column)):
        key = (one.rule, one.path, one.scope, one.statement)
        one.occurrence = counts[key]
        counts[key] += 1
