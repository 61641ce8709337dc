"""The events of an attempt's journal as agents report them.

Agents are not trusted, and what they pass on comes from repositories: shapes are checked here, and texts are made
fit for every database.
"""

import math
from datetime import datetime
from typing import Annotated, Any

import msgspec

NAME_LIMIT = 255
TEXT_LIMIT = 16_384
ERROR_OUTCOME = "error"


Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Figure = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
ExitCode = Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]


class UnreadableEvent(Exception):
    """An event is not what this version understands; the message says what is wrong with it."""


class Event(msgspec.Struct, tag_field="type", kw_only=True):
    """What all have: the place in the journal, epoch milliseconds, and the size of the attempt's log at its moment."""

    seq: Count
    at: Count
    log: Count


class Started(Event, tag="started", kw_only=True):
    """The runner began; ``sandbox`` is how it isolates."""

    sandbox: str = ""


class Stage(Event, tag="stage", kw_only=True):
    """A stage has changed its state: running, success, failure, skipped, aborted or timeout."""

    key: str
    name: str
    state: str
    exit_code: ExitCode | None = None
    reason: str = ""


class Source(Event, tag="source", kw_only=True):
    """What is built; ``committed_at`` is ISO 8601."""

    url: str = ""
    branch: str = ""
    tag: str = ""
    commit: str = ""
    message: str = ""
    author: str = ""
    committed_at: str = ""


class ReportedTests(Event, tag="tests", kw_only=True):
    """How the tests of a stage ended; ``others`` were skipped. ``execution_ms`` is their time added up."""

    stage: str
    success: Figure
    failures: Figure
    errors: Figure
    others: Figure
    execution_ms: Figure


class ReportedCounter(msgspec.Struct, kw_only=True):
    """``covered`` of ``total`` things were run."""

    covered: Figure
    total: Figure


class ReportedCoverage(Event, tag="coverage", kw_only=True):
    """What the tests of a stage covered; None for what their tool does not count."""

    stage: str
    instructions: ReportedCounter | None = None
    branches: ReportedCounter | None = None
    lines: ReportedCounter | None = None
    methods: ReportedCounter | None = None
    classes: ReportedCounter | None = None


class Finished(Event, tag="finished", kw_only=True):
    """The end: success, failure, aborted, timeout, lease-expired or error."""

    outcome: str
    reason: str = ""
    exit_code: ExitCode | None = None
    usage: dict[str, float] = {}


AnyEvent = Started | Stage | Source | ReportedTests | ReportedCoverage | Finished


def read_events(raw: list[dict[str, Any]]) -> list[AnyEvent]:
    """Check and convert. Raises :class:`UnreadableEvent`."""
    try:
        return msgspec.convert(raw, list[AnyEvent])
    except msgspec.ValidationError as error:
        raise UnreadableEvent(str(error)) from None


def name(text: str) -> str:
    """A text for a short column."""
    return clean(text, NAME_LIMIT)


def clean(text: str, limit: int = TEXT_LIMIT) -> str:
    """A text every database stores: no NUL, no half of a surrogate pair, at most ``limit`` characters."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")[:limit]


def instant(text: str) -> int | None:
    """ISO 8601 as epoch milliseconds; None for what is no date: git keeps whatever a commit's author claimed."""
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def figures(usage: dict[str, float]) -> dict[str, float]:
    """Only numbers that JSON can hold."""
    return {clean(key, NAME_LIMIT): value for key, value in usage.items() if math.isfinite(value)}
