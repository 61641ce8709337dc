"""Refusals of code check that have an error code of their own."""

from bottega.errors import Conflict, NotFound


class TaskRunning(Conflict):
    """The task is being checked; a second check of it cannot begin, nor can what would disturb the first."""


class UnknownTask(NotFound):
    """No such check task, of this tenant."""

    def __init__(self, key: object) -> None:
        super().__init__("check task", key)


class UnknownRuleSet(NotFound):
    """No such rule set."""

    def __init__(self, key: object) -> None:
        super().__init__("rule set", key)


class UnknownRule(NotFound):
    """No analyser here has such a rule."""

    def __init__(self, key: object) -> None:
        super().__init__("rule", key)


class UnknownScan(NotFound):
    """No such check of a task."""

    def __init__(self, key: object) -> None:
        super().__init__("check", key)


class UnknownReport(UnknownScan):
    """No such report was asked for of the task, or it was fetched already, or it is too old."""

    def __init__(self) -> None:
        super().__init__("")
        self.args = ("the task has no such report, or it was fetched already",)
