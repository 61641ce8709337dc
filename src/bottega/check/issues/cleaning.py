"""Findings as they can be stored. They come from machines that are not trusted, and about any text there is."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec

from bottega.check.findings import Finding
from bottega.check.severities import Severity

MAX_NUMBER = 2**31 - 1
MAX_PATH = 1_500
"""Bytes of a path that an index holds; longer ones are cut, and told apart by a hash of the whole."""
MAX_MESSAGE = 4_000
MAX_STATEMENT = 600
MAX_SCOPE = 1_000
MAX_RULE = 160
MAX_LANGUAGE = 16
MAX_HASH = 16
MAX_AUTHOR = 128


def clean(findings: Iterable[Finding]) -> list[Finding]:
    """The findings within what columns hold, each of them once, in the order of their places.

    What goes into a document is left for :func:`storable`: most of it is the same as last time, and is not written.
    """
    seen: dict[tuple[str, str, int, int, str], Finding] = {}
    for one in findings:
        made = _cleaned(one)
        # A header is seen with every file that includes it.
        seen.setdefault((made.rule, made.path, made.line, made.column, made.message), made)
    return sorted(seen.values(), key=lambda one: (one.path, one.line, one.column, one.rule))


def path(text: str) -> str:
    """A path that an index can hold."""
    if len(text) <= MAX_PATH and text.isascii() and "\0" not in text:
        return text
    text = _text(text, len(text))
    raw = text.encode("utf-8", "replace")
    if len(raw) <= MAX_PATH:
        return text
    whole = hashlib.sha256(raw).hexdigest()[:16]
    return f"{raw[: MAX_PATH - 20].decode('utf-8', 'ignore')}…{whole}"


def number(value: int) -> int:
    """A line, column or count that a table can hold."""
    return min(max(value, 0), MAX_NUMBER)


def storable(value: Any) -> Any:
    """A document of plain values as a database gives it back: lists for tuples, texts that it can hold."""
    if isinstance(value, str):
        return _text(value, MAX_MESSAGE)
    if isinstance(value, Mapping):
        found = cast("Mapping[Any, Any]", value)
        return {storable(key): storable(one) for key, one in found.items()}
    if isinstance(value, list | tuple):
        return [storable(one) for one in cast("Sequence[Any]", value)]
    return value


def _cleaned(one: Finding) -> Finding:
    return msgspec.structs.replace(
        one,
        rule=_text(one.rule, MAX_RULE),
        path=path(one.path),
        language=_text(one.language, MAX_LANGUAGE),
        severity=min(max(one.severity, Severity.FATAL), Severity.HINT),
        message=_text(one.message, MAX_MESSAGE),
        line=number(one.line),
        column=number(one.column),
        end_line=number(one.end_line),
        end_column=number(one.end_column),
        scope=_text(one.scope, MAX_SCOPE),
        statement=_text(one.statement, MAX_STATEMENT),
        masked=_text(one.masked, MAX_MESSAGE),
        line_hash=_text(one.line_hash, MAX_HASH),
        before=_text(one.before, MAX_HASH),
        after=_text(one.after, MAX_HASH),
        author=_text(one.author, MAX_AUTHOR),
        author_email=_text(one.author_email, MAX_AUTHOR),
        suppressed=_text(one.suppressed, MAX_MESSAGE),
    )


def _text(text: str, length: int) -> str:
    """PostgreSQL keeps no NUL, and nothing that is half a character."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text[:length]
