"""The families of the Check API, the error codes their clients match on, and the frames around their results."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Router

from bottega import errors
from bottega.check.errors import TaskRunning, UnknownRule, UnknownRuleSet, UnknownScan, UnknownTask
from bottega.http.documentation import document_refusals
from bottega.http.errors import Codes, exception_handlers

CODES: Codes = {
    errors.Invalid: (400, "CC.00050000"),
    errors.Conflict: (400, "CC.00050000"),
    errors.NotFound: (404, "CC.00050013"),
    errors.Forbidden: (403, "CC.00050010"),
    errors.Unavailable: (503, "CC.00050012"),
    TaskRunning: (400, "CC.00050015"),
    UnknownTask: (404, "CC.00050002"),
    UnknownRuleSet: (404, "CC.00050003"),
    UnknownRule: (404, "CC.00050003"),
    UnknownScan: (404, "CC.00050004"),
}
"""Reference section 3; where it names HTTP 200 for refusals we answer with the status that is meant.

What is not found and has no code of its own is a project.
"""


def check(handlers: Sequence[Any]) -> Router:
    """A router whose refusals have the codes of code check; its families differ in their frames only."""
    return Router(
        path="/",
        route_handlers=document_refusals(handlers, CODES),
        exception_handlers=exception_handlers(CODES),
    )


class TaskFrame(msgspec.Struct, kw_only=True):
    """Around results of the v1 and v3 task family: a subclass adds ``result``."""

    httpStatus: str = "OK"  # noqa: N815 - as on the wire
    status: str = "success"


class ReportFrame(msgspec.Struct, kw_only=True):
    """Around results of the v1 issues, measures and jobs: a subclass adds ``result``."""

    status: str = "success"
