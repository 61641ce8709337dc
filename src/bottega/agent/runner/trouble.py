"""What went wrong in the runner itself, for whoever runs the agent: ``runner.err`` in the spool folder."""

import contextlib


def print_traceback() -> None:
    """The exception being handled, to standard error."""
    # It happens in one run of a million, and the import costs every run some milliseconds.
    import traceback  # noqa: PLC0415

    # The disk that holds standard error may be the one that is full.
    with contextlib.suppress(OSError):
        traceback.print_exc()
