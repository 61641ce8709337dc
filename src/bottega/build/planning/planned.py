"""What planning comes to: one run, or the jobs of a flow."""

from typing import Any

import msgspec

from bottega.runs.spec import StepSpec


class PlannedRun(msgspec.Struct, kw_only=True):
    """What one file makes a run of. An empty ``pool``, ``arch`` or ``flavor`` is the task's own.

    ``parameters`` are the file's own that the task does not have, as records show them. ``notes`` are for the log.
    """

    file: str
    env: dict[str, str]
    steps: list[StepSpec]
    parameters: list[dict[str, Any]]
    secret_files: list[str]
    notes: list[str] = []
    pool: str = ""
    arch: str = ""
    flavor: str = ""


class PlannedFlowJob(msgspec.Struct, kw_only=True):
    """A job of a flow, which may begin when those it depends on have succeeded."""

    name: str
    depends_on: list[str]
    run: PlannedRun


class PlannedFlow(msgspec.Struct, kw_only=True):
    """A flow's jobs in the order of its file. ``eager``: all get their runs at once."""

    file: str
    eager: bool
    jobs: list[PlannedFlowJob]
