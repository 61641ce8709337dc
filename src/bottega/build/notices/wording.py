"""The words of notices about build tasks."""

from zoneinfo import ZoneInfo

import msgspec

from bottega import links
from bottega.build.notices.events import NoticeEvent
from bottega.notify.message import Message
from bottega.notify.wording import SHORT_COMMIT, TEST_EVENT, duration, message, moment
from bottega.runs.states import RunState
from bottega.runs.tables import Run

ENDED_WORDS = {
    RunState.SUCCESS: "succeeded",
    RunState.FAILURE: "failed",
    RunState.TIMEOUT: "ran out of time",
    RunState.LOST: "was lost with its agent",
    RunState.SCHEDULE_FAILURE: "could not be started",
}
DONE_WORDS = {
    NoticeEvent.DELETE: "was deleted",
    NoticeEvent.DISABLE: "was disabled",
    NoticeEvent.UPDATE: "has a new configuration",
}
TIMER_EVENT = "timerStopped"


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The task a notice is about, under the name it had."""

    task_id: str
    task_name: str
    project_id: str
    project_name: str


def of_run(event: NoticeEvent, about: About, run: Run, zone: ZoneInfo) -> Message:
    """A build has ended."""
    state = RunState(run.state)
    at = run.finished_at or run.created_at
    facts = [("Project", about.project_name), ("Started by", run.user_name), ("Trigger", run.trigger)]
    if run.tag:
        facts.append(("Tag", run.tag))
    elif run.branch:
        facts.append(("Branch", run.branch))
    facts += [("Commit", run.commit_id[:SHORT_COMMIT]), ("Ended", moment(at, zone))]
    facts += [("Duration", duration(at - (run.started_at or at)))]
    if state is not RunState.SUCCESS:
        facts.append(("Reason", run.reason))
    data = _data(about) | {
        "build_no": run.number,
        "daily_build_number": run.daily_number,
        "record_id": run.id,
        "status": str(state),
        "executor": run.user_name,
        "trigger_type": run.trigger,
        "branch": run.branch,
        "tag": run.tag,
        "commit_id": run.commit_id,
        "start_time": run.started_at or run.created_at,
        "finish_time": at,
    }
    title = f"Build #{run.number} of {about.task_name} {ENDED_WORDS[state]}"
    return message(event, title, at, facts, data, links.to_record(run.id))


def of_task(event: NoticeEvent, about: About, *, by: str, reason: str, at: int, zone: ZoneInfo) -> Message:
    """Somebody did something to the task itself."""
    facts = [("Project", about.project_name), ("By", by), ("Time", moment(at, zone)), ("Reason", reason)]
    data = _data(about) | {"operator": by, "reason": reason}
    page = "" if event is NoticeEvent.DELETE else links.to_build_task(about.task_id)
    return message(event, f"Build task {about.task_name} {DONE_WORDS[event]}", at, facts, data, page)


def of_timer(about: About, reason: str, at: int) -> Message:
    """The timers of a task were stopped."""
    facts = [("Project", about.project_name), ("Reason", reason)]
    title = f"The timers of {about.task_name} were stopped"
    data = _data(about) | {"reason": reason}
    return message(TIMER_EVENT, title, at, facts, data, links.to_build_task(about.task_id))


def of_check(about: About, at: int) -> Message:
    """What is sent to find out whether a robot can be reached."""
    title = f"This is a test: notices about build task {about.task_name} will arrive here"
    return message(TEST_EVENT, title, at, [("Project", about.project_name)], _data(about))


def _data(about: About) -> dict[str, str | int]:
    return {
        "job_id": about.task_id,
        "job_name": about.task_name,
        "project_id": about.project_id,
        "project_name": about.project_name,
    }
