"""Refusals of the build domain that have an error code of their own."""

from bottega.errors import Conflict, Invalid


class InvalidId(Invalid):
    """An identifier that cannot be one, whatever exists."""


class WindowTooLong(Invalid):
    """A period of time that is longer than the operation allows."""


class TaskDisabled(Conflict):
    """The build task is disabled and cannot be run."""
