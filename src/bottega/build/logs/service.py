"""Downloads of logs, and pages of one step's log."""

from collections.abc import Iterator
from typing import Any

import msgspec

from bottega.build.reader import BuildReader
from bottega.clock import epoch_ms
from bottega.errors import NotFound
from bottega.iam.principal import Principal
from bottega.runs.logs.reader import LogReader
from bottega.runs.logs.zipped import zipped
from bottega.runs.states import FINAL
from bottega.runs.tables import Run

RUNNING = "running"


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """A file to be saved as ``name``, in pieces that are read when they are asked for."""

    name: str
    pieces: Iterator[bytes]


class StepPage(msgspec.Struct, frozen=True, kw_only=True):
    """Text of one step: the bytes ``[start, end)`` of the step's own log.

    ``step_id`` counts the stages of the build from 1; 0 while there is none. ``complete``: nothing more will ever come.
    """

    step_id: int
    name: str
    text: str
    start: int
    end: int
    complete: bool


class LogService:
    """All need the right to view the task.

    Raises :class:`NotFound`, :class:`Forbidden`, and :class:`LogGone` and :class:`Unavailable` of the log reader.
    """

    def __init__(self, reader: BuildReader, logs: LogReader) -> None:
        self._reader = reader
        self._logs = logs

    def download(self, principal: Principal, record_id: str, level: str, *, compress: bool) -> Download:
        """A build's whole log at a level, as text or zip."""
        run = self._reader.record(principal, record_id).run
        pieces = self._logs.stream(run, level=level)
        return self._named(run, f"{run.number}-build.log", pieces, compress=compress)

    def stage_download(
        self, principal: Principal, record_id: str, key: str, level: str, *, compress: bool
    ) -> Download:
        """The log of the stage of that key."""
        run = self._reader.record(principal, record_id).run
        stage = next((one for one in run.stages if one["key"] == key), None)
        if stage is None:
            raise NotFound("stage", key)
        pieces = self._logs.stream(run, level=level, start=stage["log_start"], end=stage["log_end"])
        return self._named(run, f"{run.number}-{stage['key']}.log", pieces, compress=compress)

    def step_page(
        self,
        principal: Principal,
        task_id: str,
        number: int,
        step_id: int | None,
        *,
        start: int,
        end: int | None,
        max_lines: int,
    ) -> StepPage:
        """A page of a step's log, at INFO level; offsets count from where the step's log begins.

        Without ``step_id`` it is the step that runs, or else the one that ran last.
        """
        run = self._reader.record_of_task(principal, task_id, number).run
        finished = run.state in FINAL
        position = _running_or_last(run.stages) if step_id is None else step_id
        if not 1 <= position <= len(run.stages):
            if step_id is not None and (finished or not 1 <= step_id <= _steps(run)):
                raise NotFound("step", step_id)
            return StepPage(step_id=position, name="", text="", start=start, end=start, complete=finished)
        stage = run.stages[position - 1]
        base: int = stage["log_start"]
        last: int | None = stage["log_end"]
        bounds = [bound for bound in (last, None if end is None else base + end) if bound is not None]
        page = self._logs.page(run, base + start, end=min(bounds, default=None), max_lines=max_lines)
        return StepPage(
            step_id=position,
            name=stage["name"],
            text=page.text,
            start=page.start - base,
            end=page.end - base,
            complete=page.complete or (last is not None and page.end >= last),
        )

    def _named(self, run: Run, name: str, pieces: Iterator[bytes], *, compress: bool) -> Download:
        if not compress:
            return Download(name=name, pieces=pieces)
        at = run.finished_at or epoch_ms()
        packed = zipped(name, pieces, size=self._logs.size(run), at_ms=at)
        return Download(name=f"{name}.zip", pieces=packed)


def _running_or_last(stages: list[dict[str, Any]]) -> int:
    """The position of the stage that runs, or of the last step that ran; 0 when there are no stages."""
    for position in range(len(stages), 0, -1):
        if stages[position - 1]["state"] == RUNNING:
            return position
    for position in range(len(stages), 0, -1):
        if stages[position - 1]["started_at"] and not stages[position - 1]["hidden"]:
            return position
    return len(stages)


def _steps(run: Run) -> int:
    """How many stages the run will have: its steps, one before them and one after them."""
    return len(run.spec["steps"]) + 2
