"""What an issue's row holds of a finding."""

from typing import Any

import msgspec

from bottega.check.findings import Finding
from bottega.check.issues import cleaning
from bottega.check.tracking.fingerprint import fingerprint

MAX_FRAGMENT = 40
MAX_EVENTS = 200
MAX_FIXES = 10
MAX_EDITS = 100
MAX_ALSO = 20
_HASH = 16


def placed(one: Finding) -> dict[str, Any]:
    """The columns that say what was found, and where; without ``details``."""
    return {
        "rule": one.rule,
        "language": one.language,
        "severity": one.severity,
        "path": one.path,
        "line": one.line,
        "column": one.column,
        "end_line": one.end_line,
        "end_column": one.end_column,
        "message": one.message,
        "author": one.author,
        "fingerprint": fingerprint(one.rule, one.path, one.scope, one.statement, one.occurrence),
        "scope": one.scope,
        "statement": one.statement,
        "masked": one.masked,
        "line_hash": one.line_hash,
    }


def neighbours(one: Finding) -> str:
    """The hashes of the lines around it, as the table keeps them."""
    return f"{one.before:{_HASH}}{one.after:{_HASH}}"


def details(one: Finding) -> dict[str, Any]:
    """What only the page of the issue shows."""
    found: dict[str, Any] = {"fragment": one.fragment[:MAX_FRAGMENT]}
    if one.events:
        found["events"] = msgspec.to_builtins(one.events[:MAX_EVENTS])
    if one.fixes:
        fixes = [msgspec.structs.replace(fix, edits=fix.edits[:MAX_EDITS]) for fix in one.fixes[:MAX_FIXES]]
        found["fixes"] = msgspec.to_builtins(fixes)
    if one.also:
        found["also_found_by"] = one.also[:MAX_ALSO]
    if one.author_email:
        found["author_email"] = one.author_email
    if one.changed_at:
        found["changed_at"] = one.changed_at
    return cleaning.storable(found)
