"""A small analyser that is always right: it finds calls by their name, and says in which scope and statement they are.

It reads text, by brackets and indentation, and knows nothing of the model the text was made of.
"""

import hashlib
import re
from collections import Counter

from bottega.check.findings import Finding
from bottega.check.tracking.matching import KnownIssue
from bottega.check.tracking.snapshots import FileSnapshot
from tests.check.tracking.village import Program, text_of

_CALL = re.compile(r"\s*(legacy|shout|magic)\(")
_SCOPE = re.compile(r"\s*(?:class |def |public void |static int )?(\w+)\s*(?:\([^()]*\))?\s*[:{]$")
_DROPPED = str.maketrans("", "", " \t,();\\")
_DIGITS = re.compile(r"\d+")


def line_hash(line: str) -> str:
    text = "".join(line.split())
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest() if text else ""


def snapshot(lines: list[str]) -> FileSnapshot:
    hashes = b"".join(bytes.fromhex(line_hash(line) or "0" * 16) for line in lines)
    return FileSnapshot(hashlib.sha256("\n".join(lines).encode()).hexdigest(), hashes)


def scan(village: Program, drift: int = 0) -> tuple[list[Finding], list[int], dict[str, FileSnapshot]]:
    """All findings, the name of the statement of each, and the files. ``drift`` changes the numbers of messages."""
    found: list[Finding] = []
    names: list[int] = []
    files: dict[str, FileSnapshot] = {}
    for path, file in sorted(village.files.items()):
        lines, places = text_of(village.language, file)
        files[path] = snapshot(lines)
        for finding in _findings(path, village.language, lines, drift):
            found.append(finding)
            names.append(places[finding.line].name)
    return found, names, files


def known(findings: list[Finding]) -> list[KnownIssue]:
    """The same findings as a later scan remembers them."""
    return [
        KnownIssue(
            rule=one.rule,
            path=one.path,
            line=one.line,
            scope=one.scope,
            statement=one.statement,
            masked=one.masked,
            line_hash=one.line_hash,
            before=one.before,
            after=one.after,
        )
        for one in findings
    ]


def _findings(path: str, language: str, lines: list[str], drift: int) -> list[Finding]:
    found: list[Finding] = []
    scopes: list[tuple[int, str]] = []
    seen: Counter[tuple[str, str, str]] = Counter()
    for number, line in enumerate(lines, 1):
        indent = len(line) - len(line.lstrip())
        if line.strip() and not line.lstrip().startswith((")", "}")):
            while scopes and scopes[-1][0] >= indent:
                scopes.pop()
        if (opened := _SCOPE.match(line)) and not line.lstrip().startswith("if "):
            scopes.append((indent, opened[1]))
        if not (call := _CALL.match(line)):
            continue
        scope, statement = ".".join(name for _, name in scopes), _statement(lines, number)
        rule = f"demo:{call[1]}"
        message = f"call {number + drift} of {call[1]} in line {number * 3 + drift}"
        found.append(
            Finding(
                rule=rule,
                path=path,
                language=language,
                severity=2,
                message=message,
                line=number,
                column=indent + 1,
                scope=scope,
                statement=statement,
                masked=_DIGITS.sub("#", message),
                line_hash=line_hash(line),
                before=line_hash(lines[number - 2]) if number > 1 else "",
                after=line_hash(lines[number]) if number < len(lines) else "",
                occurrence=seen[rule, scope, statement],
            )
        )
        seen[rule, scope, statement] += 1
    return found


def _statement(lines: list[str], number: int) -> str:
    text = ""
    for line in lines[number - 1 :]:
        text += line
        if text.count("(") == text.count(")"):
            break
    return text.translate(_DROPPED)[:600]
