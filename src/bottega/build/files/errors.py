"""Refusals of the file manager that have an error code of their own (reference, section 3.2)."""

from bottega.errors import Invalid


class InvalidFileName(Invalid):
    """A name no file can have here."""


class EmptyFile(Invalid):
    """An upload without content."""


class TooManyFiles(Invalid):
    """More files than one upload, or one tenant, may have."""
