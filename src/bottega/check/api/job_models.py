"""Checks as jobs, in the words of v1 and v4.

Every check has exactly one sub job, whose id is its own.
"""

import msgspec

from bottega.check.api.families import ReportFrame, TaskFrame
from bottega.check.api.scan_words import V4
from bottega.check.api.task_arguments import moment
from bottega.check.issues.marks import UsedRuleSet
from bottega.check.languages import LANGUAGES
from bottega.check.rulesets.system import SYSTEM_SETS
from bottega.check.scans.history import LastScans
from bottega.check.scans.logs import LogPage
from bottega.check.tasks.tables import CheckScan


class CreateJobBody(msgspec.Struct, kw_only=True):
    taskId: str  # noqa: N815 - as on the wire
    executor: str = ""


class JobProcess(msgspec.Struct, kw_only=True):
    """How far a job is; its sub jobs have the ids that logs are asked for with."""

    status: str
    subJobs: list[str]  # noqa: N815


class JobRuleSet(msgspec.Struct, kw_only=True):
    """A rule set that a check uses, or has used, under the name it had then."""

    language: str
    ruleSetId: str  # noqa: N815
    ruleSetName: str  # noqa: N815
    enabled: bool = True


class CreateJobResult(msgspec.Struct, kw_only=True):
    id: str
    taskId: str  # noqa: N815
    executor: str
    startTime: str | None  # noqa: N815
    finishTime: str | None  # noqa: N815
    hwCloudRegion: str  # noqa: N815
    process: JobProcess
    ruleSets: list[JobRuleSet]  # noqa: N815


class CreateJobResponse(TaskFrame, kw_only=True):
    result: CreateJobResult


class StopJobResponse(TaskFrame, kw_only=True):
    result: bool


class JobRuleSetInfo(msgspec.Struct, kw_only=True):
    """The same as :class:`JobRuleSet`, in the words of v4."""

    language: str
    rule_set_id: str
    rule_set_name: str


class JobInfo(msgspec.Struct, kw_only=True):
    """``mode`` is the check mode, ``review_result`` success or error by the gate; null while there is none.

    ``rule_sets`` are those that were used; of a check that waits those of its task.
    """

    job_id: str
    task_id: str
    number: int
    status: str
    executor: str
    branch: str
    commit_id: str
    merge_id: str
    mode: int
    start_time: str | None
    finish_time: str | None
    review_result: str | None
    failure_reason: str
    issue_counts: list[int]
    sub_job_ids: list[str]
    rule_sets: list[JobRuleSetInfo]


class JobsResponse(msgspec.Struct, kw_only=True):
    """``issue_counts`` of a job are fatal, serious, general and hint."""

    data: list[JobInfo]
    total: int


class LastJobs(msgspec.Struct, kw_only=True):
    last_job_id: str | None
    last_success_job_id: str | None


class LastJobsResponse(msgspec.Struct, kw_only=True):
    result: LastJobs


class ConsoleLog(msgspec.Struct, kw_only=True):
    """Offsets are bytes. ``hasMore`` is there for the order ASC alone."""

    startOffset: int  # noqa: N815
    endOffset: int  # noqa: N815
    log: str
    hasMore: bool | msgspec.UnsetType = msgspec.UNSET  # noqa: N815


class ConsoleLogResponse(ReportFrame, kw_only=True):
    result: ConsoleLog
    error: str | None = None


def created(scan: CheckScan, region: str, *, english: bool) -> CreateJobResponse:
    """A check that was just accepted."""
    return CreateJobResponse(
        result=CreateJobResult(
            id=scan.id,
            taskId=scan.task_id,
            executor=scan.user_name,
            startTime=moment(scan.created_at),
            finishTime=moment(scan.finished_at),
            hwCloudRegion=region,
            process=JobProcess(status=V4[scan.state], subJobs=[scan.id]),
            ruleSets=[
                JobRuleSet(
                    language=LANGUAGES[one.language].short,
                    ruleSetId=one.id,
                    ruleSetName=_name(one, english=english),
                )
                for one in _used(scan)
            ],
        )
    )


def job_of(scan: CheckScan, *, english: bool) -> JobInfo:
    """One line of the jobs of a task."""
    return JobInfo(
        job_id=scan.id,
        task_id=scan.task_id,
        number=scan.number,
        status=V4[scan.state],
        executor=scan.user_name,
        branch=scan.branch,
        commit_id=scan.commit_id,
        merge_id=scan.merge_id,
        mode=scan.mode,
        start_time=moment(scan.started_at),
        finish_time=moment(scan.finished_at),
        review_result=scan.gate or None,
        failure_reason=scan.reason,
        issue_counts=scan.counts,
        sub_job_ids=[scan.id],
        rule_sets=[
            JobRuleSetInfo(
                language=LANGUAGES[one.language].short,
                rule_set_id=one.id,
                rule_set_name=_name(one, english=english),
            )
            for one in _used(scan)
        ],
    )


def _used(scan: CheckScan) -> list[UsedRuleSet]:
    # Of all that a scan has noted, which may be long, this is wanted alone.
    return msgspec.convert(scan.engines.get("rule_sets", []), list[UsedRuleSet])


def _name(one: UsedRuleSet, *, english: bool) -> str:
    system = SYSTEM_SETS.get(one.id)
    if system is None:
        return one.name
    return system.english if english else system.chinese


def last_of(known: LastScans) -> LastJobsResponse:
    """The newest checks; null for none."""
    return LastJobsResponse(
        result=LastJobs(last_job_id=known.last or None, last_success_job_id=known.last_success or None)
    )


def forward(page: LogPage) -> ConsoleLogResponse:
    """A page in the order of the log."""
    return ConsoleLogResponse(
        result=ConsoleLog(startOffset=page.start, endOffset=page.end, log=page.text, hasMore=page.more)
    )


def backward(page: LogPage) -> ConsoleLogResponse:
    """A page with the newest line first; the next one is asked for with ``endOffset`` = its ``startOffset``."""
    lines = page.text.splitlines(keepends=True)
    log = "".join(line if line.endswith("\n") else f"{line}\n" for line in reversed(lines))
    return ConsoleLogResponse(result=ConsoleLog(startOffset=page.start, endOffset=page.end, log=log))
