"""What is told of a run, in one word and one line."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec
from sqlalchemy.orm import Session

from bottega.links import whole
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from bottega.runs.words import RunWords
from bottega.texts import one_line

MAX_DESCRIPTION = 140
"""GitHub takes no more; the others take as much."""


class Verdict(StrEnum):
    """Our own words; each kind of forge has others."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"
    STOPPED = "stopped"


VERDICTS: Mapping[RunState, Verdict] = {
    RunState.QUEUED: Verdict.WAITING,
    RunState.RUNNING: Verdict.RUNNING,
    RunState.STOPPING: Verdict.RUNNING,
    RunState.SUCCESS: Verdict.SUCCESS,
    RunState.FAILURE: Verdict.FAILURE,
    RunState.TIMEOUT: Verdict.FAILURE,
    RunState.ABORTED: Verdict.STOPPED,
    RunState.LOST: Verdict.ERROR,
    RunState.SCHEDULE_FAILURE: Verdict.ERROR,
}

_WORDS: Mapping[RunState, str] = {
    RunState.QUEUED: "is waiting",
    RunState.RUNNING: "is running",
    RunState.STOPPING: "is being stopped",
    RunState.SUCCESS: "succeeded",
    RunState.FAILURE: "failed",
    RunState.TIMEOUT: "took too long",
    RunState.ABORTED: "was stopped",
    RunState.LOST: "was lost with its agent",
    RunState.SCHEDULE_FAILURE: "could not be started",
}


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """``link`` leads to the record; it is empty where the server does not know its own address."""

    verdict: Verdict
    context: str
    description: str
    link: str


def build_words(_session: Session, run: Run) -> RunWords:
    """How a build is spoken of."""
    return RunWords(
        called=f"Build {run.number}",
        context=f"bottega/{run.task_name}",
        path=f"/v4/jobs/{run.task_id}/{run.number}/record-info",
    )


def status_of(run: Run, words: RunWords, public_url: str) -> Status:
    """What is to be told of a run as it is now."""
    state = RunState(run.state)
    verdict, became, why = VERDICTS[state], _WORDS[state], run.reason
    if state is RunState.SUCCESS:
        why = words.failed or words.found
        if words.failed:
            verdict, became = Verdict.FAILURE, _WORDS[RunState.FAILURE]
    elif state is RunState.QUEUED:
        why = ""
    said = f"{words.called} {became}: {why}" if why else f"{words.called} {became}"
    line = one_line(said, MAX_DESCRIPTION)
    link = whole(public_url, words.path)
    return Status(verdict=verdict, context=words.context, description=line, link=link)
