"""Running, stopping and asking after checks as the SDK says it, v2."""

import json

import msgspec

from bottega.check.api.scan_words import INFO, V2
from bottega.check.api.task_arguments import moment
from bottega.check.scans.history import Progress
from bottega.check.scans.logs import LogDetail
from bottega.check.scans.service import Override
from bottega.check.scans.states import ScanState
from bottega.check.tasks.tables import CheckScan


class RunRequestV2(msgspec.Struct, kw_only=True):
    """``ref`` is where other forges keep merge requests; branches are checked out here, which needs no such name."""

    username: str | None = None
    access_token: str | None = None
    git_url: str | None = None
    git_branch: str | None = None
    ref: str | None = None

    def override(self) -> Override:
        """As the service has it."""
        return Override(
            url=self.git_url or "",
            branch=self.git_branch or "",
            username=self.username or "",
            token=self.access_token or "",
        )


class RunTaskResponse(msgspec.Struct, kw_only=True):
    exec_id: str


class ProgressDetailV2(msgspec.Struct, kw_only=True):
    ratio: str | None
    info: str | None


class ShowProgressDetailResponse(msgspec.Struct, kw_only=True):
    """``task_status`` is null for a task that was never checked."""

    task_status: int | None
    progress: ProgressDetailV2


class CheckRecordIssueCountsInfo(msgspec.Struct, kw_only=True):
    critical: int
    serious: int
    normal: int
    prompt: int


class CheckRecordDataInfo(msgspec.Struct, kw_only=True):
    check_time: str | None
    check_end_time: str | None
    issue_counts: CheckRecordIssueCountsInfo


class CheckRecordResponse(msgspec.Struct, kw_only=True):
    data: list[CheckRecordDataInfo]
    total: int


class ParamInfo(msgspec.Struct, kw_only=True):
    """``encode`` and ``rule_template`` are not used any more by the service."""

    url: str
    branch: str
    language: str
    exclude_dir: str
    encode: str
    compile_config: str
    rule_template: str


class LogInfo(msgspec.Struct, kw_only=True):
    display_name: str
    log: str
    level: str
    analysis: str
    faq: str


class ShowTasklogResponse(msgspec.Struct, kw_only=True):
    param_info: ParamInfo
    log_info: list[LogInfo]


def progress_of(known: Progress) -> ShowProgressDetailResponse:
    """How far a check is."""
    scan = known.scan
    ratio = None if known.percent is None else f"{known.percent}%"
    return ShowProgressDetailResponse(
        task_status=None if scan is None else V2[scan.state],
        progress=ProgressDetailV2(ratio=ratio, info=None if scan is None else INFO.get(scan.state)),
    )


def record_of(scan: CheckScan) -> CheckRecordDataInfo:
    """One line of a task's history."""
    critical, serious, normal, prompt = scan.counts or (0, 0, 0, 0)
    return CheckRecordDataInfo(
        check_time=moment(scan.started_at or scan.created_at),
        check_end_time=moment(scan.finished_at),
        issue_counts=CheckRecordIssueCountsInfo(
            critical=critical, serious=serious, normal=normal, prompt=prompt
        ),
    )


def log_of(detail: LogDetail) -> ShowTasklogResponse:
    """The failure log of a check; without entries for one that has not failed."""
    task, settings, scan = detail.task, detail.settings, detail.scan
    parameters = [msgspec.to_builtins(one) for one in settings.engines]
    shown = ParamInfo(
        url=task.git_url,
        branch=task.branch if scan is None else scan.branch or task.branch,
        language=",".join(one.language for one in settings.rule_sets if one.on),
        exclude_dir=",".join(settings.ignore),
        encode="",
        compile_config=json.dumps(parameters) if parameters else "",
        rule_template="",
    )
    if scan is None or scan.state not in {ScanState.FAILED, ScanState.ABORTED}:
        return ShowTasklogResponse(param_info=shown, log_info=[])
    entry = LogInfo(
        display_name=f"check {scan.number}", log=detail.log, level="error", analysis=scan.reason, faq=""
    )
    return ShowTasklogResponse(param_info=shown, log_info=[entry])
