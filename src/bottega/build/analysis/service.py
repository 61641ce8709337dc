"""Why a build failed, as far as its log tells."""

from typing import Any

import msgspec

from bottega.build.analysis.diagnosis import Diagnosis, Evidence, diagnose, plain_lines
from bottega.build.reader import BuildReader
from bottega.iam.principal import Principal
from bottega.runs.logs.reader import LogGone, LogReader
from bottega.runs.states import RunState
from bottega.runs.tables import Run

TAIL_BYTES = 128 * 1024
"""How much of the end of a failed step's log is looked at."""

FAILED = frozenset({RunState.FAILURE, RunState.TIMEOUT, RunState.LOST, RunState.SCHEDULE_FAILURE})
FAILED_STAGE = frozenset({"failure", "timeout"})


class FailedStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step that failed. ``node_id`` counts the stages from 1; 0 and no name stand for the build as a whole.

    The stages of a flow are its jobs: ``node_id`` is the job's, ``name`` is ``job/step``, or the job that failed whole.
    """

    node_id: int
    name: str
    diagnosis: Diagnosis


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """Steps in their order: none unless the build has failed."""

    task_name: str
    steps: list[FailedStep]


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run has failed: the position of a stage, 0 for the run as a whole. ``job`` is empty but in a flow."""

    run: Run
    position: int
    node_id: int
    job: str = ""


class AnalysisService:
    """Needs the right to view the task. Raises :class:`NotFound`, :class:`Forbidden`, :class:`Unavailable`."""

    def __init__(self, reader: BuildReader, logs: LogReader) -> None:
        self._reader = reader
        self._logs = logs

    def analyse(
        self, principal: Principal, task_id: str, number: int, *, offset: int, limit: int
    ) -> Analysis:
        """What made build ``number`` fail. A build that runs, succeeded or was stopped has nothing to explain."""
        view = self._reader.record_of_task(principal, task_id, number)
        failed = self._failed(principal, view.run) if view.run.state in FAILED else []
        steps = [self._step(place) for place in failed[offset : offset + limit]]
        return Analysis(task_name=view.task.name, steps=steps)

    def _failed(self, principal: Principal, run: Run) -> list[_Place]:
        """Of a flow what failed in its jobs, in their order."""
        of_jobs = [
            _Place(run=job.run, position=position, node_id=number, job=job.name)
            for number, job in enumerate(self._reader.flow(principal, run.id).jobs, 1)
            if job.run is not None and job.run.state in FAILED
            for position in _failed(job.run)
        ]
        return of_jobs or [_Place(run=run, position=position, node_id=position) for position in _failed(run)]

    def _step(self, place: _Place) -> FailedStep:
        run, position = place.run, place.position
        if position == 0:
            diagnosis = diagnose(Evidence(reason=run.reason))
            return FailedStep(node_id=place.node_id, name=place.job, diagnosis=diagnosis)
        stage = run.stages[position - 1]
        evidence = Evidence(
            reason=stage["reason"] or run.reason,
            exit_code=stage["exit_code"],
            lines=self._last_lines(run, stage),
        )
        name = f"{place.job}/{stage['name']}" if place.job else stage["name"]
        return FailedStep(node_id=place.node_id, name=name, diagnosis=diagnose(evidence))

    def _last_lines(self, run: Run, stage: dict[str, Any]) -> list[str]:
        begin: int = stage["log_start"]
        try:
            end: int = self._logs.size(run) if stage["log_end"] is None else stage["log_end"]
            start = max(begin, end - TAIL_BYTES)
            text = b"".join(self._logs.stream(run, start=start, end=end)).decode("utf-8", "replace")
        except LogGone:
            # The record still says how the step ended.
            return []
        return plain_lines(text if start == begin else text.partition("\n")[2])


def _failed(run: Run) -> list[int]:
    """Positions of the stages that failed and whose failure was not to be ignored; 0 when it was none of them."""
    ignored = {step["key"] for step in run.spec["steps"] if step.get("ignore_failure")}
    failed = [
        position
        for position, stage in enumerate(run.stages, 1)
        if stage["state"] in FAILED_STAGE and stage["key"] not in ignored
    ]
    return failed or [0]
