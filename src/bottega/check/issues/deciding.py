"""What becomes of a task's issues after a scan: decided in memory, written in one go afterwards."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec

from bottega.check.findings import Finding
from bottega.check.issues.counting import Counted, counted
from bottega.check.issues.details import details, neighbours, placed
from bottega.check.issues.inherited import Inherited
from bottega.check.issues.marks import ScanMarks, engine_of
from bottega.check.issues.owners import Owners
from bottega.check.issues.remembered import Remembered
from bottega.check.issues.scope import LookedAt
from bottega.check.issues.states import ACTIVE, FILE_DELETED, IssueStatus
from bottega.check.tracking.matching import Matching
from bottega.check.tracking.snapshots import FileSnapshot
from bottega.ids import new_hex

GRACE_MS = 60 * 24 * 3600 * 1000
"""For how long a deferred issue does not count."""

_KEPT_TRIAGE = {IssueStatus.IGNORED: IssueStatus.IGNORED, IssueStatus.REVIEW: IssueStatus.REVIEW}
"""What somebody said that holds also after the issue was away."""


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """All that a decision depends on beside the findings themselves. Times in epoch milliseconds.

    ``previous`` and ``previous_id`` are the last scan before this one, of which there may be none.
    """

    task_id: str
    tenant_id: str
    scan_id: str
    name: str
    """What looked, as the history of an issue calls it: ``check 3``."""
    previous_id: str
    previous: ScanMarks | None
    now: int
    new_since: int
    next_number: int
    looked_at: LookedAt
    before: Mapping[str, FileSnapshot]
    files: Mapping[str, FileSnapshot]
    inherited: Mapping[str, Inherited]
    owners: Owners | None
    renamed: Mapping[str, str] = {}
    """The present id of each id a rule had earlier."""


class Decision(msgspec.Struct, kw_only=True):
    """Rows to be written. ``aged`` are those of issues that are only not new or edited any more; ``told`` is what was
    said of issues in other tasks.
    """

    inserts: list[dict[str, Any]] = msgspec.field(default_factory=list[dict[str, Any]])
    found: list[dict[str, Any]] = msgspec.field(default_factory=list[dict[str, Any]])
    closed: list[dict[str, Any]] = msgspec.field(default_factory=list[dict[str, Any]])
    aged: list[dict[str, Any]] = msgspec.field(default_factory=list[dict[str, Any]])
    told: list[dict[str, Any]] = msgspec.field(default_factory=list[dict[str, Any]])
    events: list[dict[str, Any]] = msgspec.field(default_factory=list[dict[str, Any]])
    counts: Counter[Counted] = msgspec.field(default_factory=Counter[Counted])
    became: Counter[str] = msgspec.field(default_factory=Counter[str])
    """How many issues are new, fixed, reopened, gone."""

    @property
    def changes_anything(self) -> bool:
        """Whether there is an issue that is not as it was."""
        return bool(self.inserts or self.found or self.closed or self.aged)


def decide(
    at: Circumstances, known: list[Remembered], findings: list[Finding], matching: Matching
) -> Decision:
    """What the scan changes."""
    made = Decision()
    for finding, issue in matching.links.items():
        _found(made, at, known[issue], findings[finding], edited=finding in matching.edited)
    present = {former: path for path, former in matching.moved.items()}
    for issue in matching.missing:
        _missing(made, at, known[issue], present.get(known[issue].path, known[issue].path))
    for position in matching.new:
        _new(made, at, findings[position])
    return made


def _found(made: Decision, at: Circumstances, known: Remembered, finding: Finding, *, edited: bool) -> None:
    status = _status_when_found(known)
    fields = placed(finding)
    told = _ignored_elsewhere(at, known, fields["fingerprint"]) if status in ACTIVE else None
    if told is not None:
        status = IssueStatus.IGNORED
        said = {"comment": told.comment, "status_by": told.by, "status_at": told.at}
        made.told.append({"b_id": known.id, "triage": status, **said})
    back = known.status == IssueStatus.FIXED or (
        known.status == IssueStatus.GONE and known.gone_reason == FILE_DELETED
    )
    is_new = known.found_at >= at.new_since if at.new_since else edited or back
    deferred = known.deferred and (known.deferred_at or 0) + GRACE_MS > at.now
    as_it_was = (
        status == known.status
        and deferred == known.deferred
        and edited == known.edited
        and _file_unchanged(at, finding.path, known.path)
        and _engine_unchanged(at, finding.rule)
        and all(fields[name] == getattr(known, name) for name in _COMPARED)
        and (known.before, known.after) == (finding.before, finding.after)
    )
    if as_it_was and known.is_new and not is_new:
        made.aged.append({"b_id": known.id, "is_new": False, "edited": edited})
    elif not as_it_was or known.is_new != is_new:
        state = {"status": status, "is_new": is_new, "deferred": deferred, "edited": edited}
        made.found.append(_found_row(at, known, finding, {**fields, **state}))
    made.counts[counted(known)] -= 1
    made.counts[Counted(finding.rule, finding.language, finding.severity, status, is_new, deferred)] += 1
    if status != known.status:
        _note(made, at, known.id, status, "ignored in another task" if told else "found again")
        made.became["reopened"] += status == IssueStatus.REOPENED


_COMPARED = (
    "rule",
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "severity",
    "message",
    "language",
    "scope",
    "statement",
    "masked",
    "line_hash",
    "fingerprint",
    "author",
)


def _ignored_elsewhere(at: Circumstances, known: Remembered, fingerprint: str) -> Inherited | None:
    """What was said in another task of the branch, unless somebody has said something here since then."""
    told = at.inherited.get(fingerprint)
    if told is None or told.status != IssueStatus.IGNORED or told.at is None:
        return None
    return told if told.at > (known.status_at or 0) else None


def _status_when_found(known: Remembered) -> int:
    if known.status in {IssueStatus.FIXED, IssueStatus.GONE}:
        if (kept := _KEPT_TRIAGE.get(IssueStatus(known.triage))) is not None:
            return kept
        resolved = known.triage == IssueStatus.RESOLVED
        was_away = known.status == IssueStatus.FIXED or known.gone_reason == FILE_DELETED
        return IssueStatus.REOPENED if resolved or was_away else IssueStatus.OPEN
    return IssueStatus.REOPENED if known.status == IssueStatus.RESOLVED else known.status


def _found_row(
    at: Circumstances, known: Remembered, finding: Finding, fields: dict[str, Any]
) -> dict[str, Any]:
    reopened = fields["status"] == IssueStatus.REOPENED and known.status != IssueStatus.REOPENED
    return {
        **fields,
        "b_id": known.id,
        "engine": engine_of(finding.rule),
        "triage": IssueStatus.OPEN if reopened else known.triage,
        "owner": known.owner or (at.owners.of(finding) if at.owners else ""),
        "neighbours": neighbours(finding),
        "details": details(finding),
        "seen_in": at.scan_id,
        "closed_at": None,
        "gone_reason": "",
    }


def _missing(made: Decision, at: Circumstances, known: Remembered, path: str) -> None:
    reason = at.looked_at.why_gone(at.renamed.get(known.rule, known.rule), path)
    is_new = known.is_new and at.new_since > 0
    if reason is None or (known.status == IssueStatus.GONE and reason == known.gone_reason):
        if known.is_new != is_new or known.edited:
            made.aged.append({"b_id": known.id, "is_new": is_new, "edited": False})
            made.counts[counted(known)] -= 1
            made.counts[counted(known)._replace(is_new=is_new)] += 1
        return
    status = IssueStatus.GONE if reason else IssueStatus.FIXED
    made.closed.append(
        {
            "b_id": known.id,
            "status": status,
            "gone_reason": reason,
            "closed_at": at.now,
            "is_new": is_new,
            "edited": False,
            "seen_in": known.seen_in if known.status == IssueStatus.GONE else at.previous_id or known.seen_in,
        }
    )
    made.counts[counted(known)] -= 1
    made.counts[counted(known)._replace(status=status, is_new=is_new)] += 1
    made.became["gone" if reason else "fixed"] += 1
    _note(made, at, known.id, status, reason or "fixed")


def _new(made: Decision, at: Circumstances, finding: Finding) -> None:
    fields = placed(finding)
    told = at.inherited.get(fields["fingerprint"])
    status, comment, by, said_at = IssueStatus.OPEN, "", "", None
    if told is not None:
        status, comment, by, said_at = IssueStatus(told.status), told.comment, told.by, told.at
    if finding.suppressed and status != IssueStatus.IGNORED:
        status, comment, said_at = IssueStatus.IGNORED, finding.suppressed, at.now
    is_new = at.now >= at.new_since if at.new_since else not (told and told.known)
    deferred = _is_deferred(at, finding)
    issue_id = new_hex()
    made.inserts.append(
        {
            **fields,
            "id": issue_id,
            "task_id": at.task_id,
            "tenant_id": at.tenant_id,
            "number": at.next_number + len(made.inserts),
            "engine": engine_of(finding.rule),
            "status": status,
            "triage": status,
            "is_new": is_new,
            "deferred": deferred,
            "deferred_at": at.now if deferred else None,
            "owner": (told.owner if told else "") or (at.owners.of(finding) if at.owners else ""),
            "neighbours": neighbours(finding),
            "details": details(finding),
            "found_at": at.now,
            "found_in": at.scan_id,
            "seen_in": at.scan_id,
            "closed_at": None,
            "gone_reason": "",
            "edited": False,
            "comment": comment,
            "status_by": by,
            "status_at": said_at,
        }
    )
    made.counts[Counted(finding.rule, finding.language, finding.severity, status, is_new, deferred)] += 1
    made.became["new"] += is_new


def _is_deferred(at: Circumstances, finding: Finding) -> bool:
    """Whether it is there only because its engine or its rule looks otherwise than at the last scan."""
    if at.previous is None or not _file_unchanged(at, finding.path, finding.path):
        return False
    engine = engine_of(finding.rule)
    before, now = at.previous.versions.get(engine), at.looked_at.marks.versions.get(engine)
    if before is None or now is None:
        return False
    marks = at.previous.rules.get(finding.rule), at.looked_at.marks.rules.get(finding.rule)
    return before != now or (None not in marks and marks[0] != marks[1])


def _file_unchanged(at: Circumstances, path: str, former: str) -> bool:
    now, before = at.files.get(path), at.before.get(former)
    return now is not None and before is not None and now.sha256 == before.sha256


def _engine_unchanged(at: Circumstances, rule: str) -> bool:
    engine = engine_of(rule)
    before = at.previous.versions.get(engine) if at.previous else None
    return before == at.looked_at.marks.versions.get(engine)


def _note(made: Decision, at: Circumstances, issue_id: str, status: int, what: str) -> None:
    made.events.append(
        {
            "issue_id": issue_id,
            "at": at.now,
            "by": "",
            "status": status,
            "comment": f"{at.name}: {what}",
        }
    )
