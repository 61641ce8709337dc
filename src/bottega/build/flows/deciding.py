"""What is next in a flow: decided from the states of its jobs alone, so that every replica comes to the same."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from bottega.runs.states import RunState


class JobState(StrEnum):
    """Where a job is. ``WAITING``: its turn has not come. ``BEGUN``: it is the agents' business."""

    WAITING = "waiting"
    BEGUN = "begun"
    SUCCESS = "success"
    FAILED = "failed"
    ABORTED = "aborted"
    SKIPPED = "skipped"


ENDED = frozenset(JobState) - {JobState.WAITING, JobState.BEGUN}
_WITHOUT = "the build flow was stopped"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as it is now; ``how`` is the state of its run in words, for sentences."""

    name: str
    depends_on: Sequence[str]
    state: JobState
    how: str = ""


class Decision(msgspec.Struct, kw_only=True):
    """Names of the jobs to begin, those to leave out with the reason, and how the flow has ended, if it has."""

    begin: list[str]
    skip: dict[str, str]
    end: RunState | None = None
    reason: str = ""

    @property
    def is_nothing(self) -> bool:
        return not self.begin and not self.skip and self.end is None


def state_of(run_state: str | None, *, held: bool, skipped: bool) -> JobState:
    """The state of a job whose run is in ``run_state`` (None: there is none yet)."""
    if skipped:
        return JobState.SKIPPED
    if run_state is None or (run_state == RunState.QUEUED and held):
        return JobState.WAITING
    if run_state == RunState.SUCCESS:
        return JobState.SUCCESS
    if run_state == RunState.ABORTED:
        return JobState.ABORTED
    if run_state in {RunState.QUEUED, RunState.RUNNING, RunState.STOPPING}:
        return JobState.BEGUN
    return JobState.FAILED


def shown(name: str, depends_on: Sequence[str], skipped: str, run_state: str | None, held: str | None) -> Job:
    """A job from the columns of its row and of its run's, which are None before there is one."""
    state = state_of(run_state, held=bool(held), skipped=bool(skipped))
    return Job(name=name, depends_on=depends_on, state=state, how=run_state or "")


def decide(jobs: Sequence[Job], *, stopping: bool) -> Decision:
    """A job begins when all it depends on has succeeded, and is left out when something of that cannot any more."""
    states = {job.name: job.state for job in jobs}
    decision = Decision(begin=[], skip={})
    changed = True
    while changed:
        changed = False
        for job in jobs:
            if states[job.name] is not JobState.WAITING:
                continue
            lost = [name for name in job.depends_on if states[name] in ENDED - {JobState.SUCCESS}]
            if lost or stopping:
                states[job.name] = JobState.SKIPPED
                decision.skip[job.name] = _why(lost[0], states) if lost and not stopping else _WITHOUT
                changed = True
    if not stopping:
        decision.begin = [
            job.name
            for job in jobs
            if states[job.name] is JobState.WAITING
            and all(states[name] is JobState.SUCCESS for name in job.depends_on)
        ]
    if all(state in ENDED for state in states.values()):
        decision.end, decision.reason = _end(jobs, states, stopping=stopping)
    return decision


def _why(name: str, states: dict[str, JobState]) -> str:
    how = "was skipped" if states[name] is JobState.SKIPPED else "did not succeed"
    return f"skipped: job {name} {how}"


def _end(jobs: Sequence[Job], states: dict[str, JobState], *, stopping: bool) -> tuple[RunState, str]:
    if all(state is JobState.SUCCESS for state in states.values()):
        return RunState.SUCCESS, "All jobs succeeded"
    bad = [job for job in jobs if states[job.name] in {JobState.FAILED, JobState.ABORTED}]
    skipped = sum(state is JobState.SKIPPED for state in states.values())
    told = ", ".join(f"job {job.name} ended as {job.how}" for job in bad[:3])
    if len(bad) > 3:  # noqa: PLR2004 - as many as were named
        told += f", and {len(bad) - 3} more did not succeed"
    if skipped:
        told += f"{'; ' if told else ''}{skipped} job{'s were' if skipped > 1 else ' was'} skipped"
    if not stopping and any(states[job.name] is JobState.FAILED for job in jobs):
        return RunState.FAILURE, told
    return RunState.ABORTED, told
