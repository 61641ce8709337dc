"""Refusals about reports."""

from bottega.errors import Invalid


class ReportUnreadable(Invalid):
    """A report that a build wrote cannot be read; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__("report", reason)


class NoCoverageReport(ReportUnreadable):
    """The file is something else, as many files beside reports are."""
