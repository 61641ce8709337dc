"""The words of notices about checks."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bottega import links
from bottega.check.gates.gate import gaps
from bottega.check.kinds import CHECK
from bottega.check.notices.events import EVENT_TYPES, CheckEvent
from bottega.check.scans.words import counts_of
from bottega.check.tasks.families import TAG, merge_request_of
from bottega.check.tasks.settings import MergeRequest
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.notify.message import Message
from bottega.notify.wording import SHORT_COMMIT, TEST_EVENT, duration, message, moment
from bottega.runs.tables import Run

ENDED_WORDS = {
    CheckEvent.ENDED: "succeeded",
    CheckEvent.FAILED: "failed",
    CheckEvent.GATE_FAILED: "did not pass its quality gate",
}
COUNTED = ("critical_count", "major_count", "minor_count", "suggestion_count")
"""What the service calls open issues of the severities from 0 on (reference, section 2.2)."""


def of_scan(
    event: CheckEvent,
    task: CheckTask,
    scan: CheckScan,
    run: Run | None,
    project_name: str,
    *,
    public_url: str,
    zone: ZoneInfo,
) -> Message:
    """A check has ended. ``public_url`` is where the server is reached; without it there is no link."""
    at = scan.finished_at or scan.created_at
    page = links.to_scan(task.id, scan.id)
    link = links.whole(public_url, page)
    request = merge_request_of(task)
    facts = [
        ("Project", project_name),
        *_source(task, scan, request),
        ("Commit", scan.commit_id[:SHORT_COMMIT]),
        ("Started by", scan.user_name),
        ("Trigger", run.trigger if run else ""),
        ("Build", _build(run)),
        ("Ended", moment(at, zone)),
        ("Duration", duration(at - (scan.started_at or at))),
        *_found(scan),
        ("Quality gate", "; ".join(scan.gate_faults)),
        ("Reason", scan.reason if event is CheckEvent.FAILED else ""),
        ("Page", link),
    ]
    data: dict[str, str | int] = {
        **_data(task, project_name),
        "job_id": scan.id,
        "check_no": scan.number,
        "status": scan.state,
        "review_result": scan.gate,
        "review_faults": "; ".join(scan.gate_faults),
        "reason": scan.reason,
        "executor": scan.user_name,
        "trigger_type": run.trigger if run else "",
        "check_type": task.kind,
        "branch": scan.branch or task.branch,
        "target_branch": request.target_branch,
        "merge_id": scan.merge_id,
        "commit_id": scan.commit_id,
        "start_time": scan.started_at or scan.created_at,
        "finish_time": at,
        "url": link,
        **_counts(scan),
    }
    title = f"Check #{scan.number} of {task.name} {ENDED_WORDS[event]}"
    return message(EVENT_TYPES[event], title, at, facts, data, page)


def of_test(task: CheckTask, project_name: str, at: int) -> Message:
    """What is sent to find out whether a robot can be reached."""
    title = f"This is a test: notices about check task {task.name} will arrive here"
    return message(TEST_EVENT, title, at, [("Project", project_name)], _data(task, project_name))


def _source(task: CheckTask, scan: CheckScan, request: MergeRequest) -> Sequence[tuple[str, str]]:
    branch = scan.branch or task.branch
    if task.kind == TAG:
        return [("Tag", branch)]
    onto = f" onto {request.target_branch}" if request.target_branch else ""
    return [
        ("Branch", f"{branch}{onto}"),
        ("Merge request", " ".join(filter(None, (request.merge_id, request.title)))),
    ]


def _build(run: Run | None) -> str:
    """The build the check is a step of."""
    return f"#{run.number} of {run.task_name}" if run is not None and run.kind != CHECK else ""


def _found(scan: CheckScan) -> Sequence[tuple[str, str]]:
    if not scan.counts:
        return []
    new = scan.figures.get("new_issues", 0)
    return [
        ("Found", counts_of(scan)),
        ("New issues", str(new)),
        ("Not looked at", "; ".join(gaps(scan.coverage))),
    ]


def _counts(scan: CheckScan) -> dict[str, str | int]:
    """Nothing for a check that counted nothing: 0 would say that there is nothing."""
    if not scan.counts:
        return {}
    by_severity = dict(zip(COUNTED, scan.counts, strict=False))
    new = scan.figures.get("new_issues", 0)
    return {**by_severity, "issue_count": sum(scan.counts), "new_count": new}


def _data(task: CheckTask, project_name: str) -> dict[str, str | int]:
    return {
        "task_id": task.id,
        "task_name": task.name,
        "project_id": task.project_id,
        "project_name": project_name,
    }
