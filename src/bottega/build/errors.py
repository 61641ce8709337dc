"""Refusals of the build domain that have an error code of their own."""

from bottega.errors import Conflict, Invalid, NotFound


class InvalidId(Invalid):
    """An identifier that cannot be one, whatever exists."""


class WindowTooLong(Invalid):
    """A period of time that is longer than the operation allows."""


class TaskDisabled(Conflict):
    """The build task is disabled and cannot be run."""


class NeverBuilt(NotFound):
    """The newest build was asked for of a task that has none."""

    def __init__(self, task_id: str) -> None:
        super().__init__("build", f"of build task {task_id}")
        self.args = (f"build task {task_id} was never built",)


class RepositoryUnreadable(Conflict):
    """A repository cannot be read; the text names the field it came from and says why.

    ``lasting``: trying again would not help.
    """

    def __init__(self, field: str, reason: object, *, lasting: bool = False) -> None:
        super().__init__(f"{field}: {reason}")
        self.lasting = lasting
