"""Tasks as v1, v3 and v4 show them.

The documentation of the live service names only some of these fields; the others are ours in the same style.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from bottega.check.api.families import TaskFrame
from bottega.check.api.gate_models import ReviewData, review_data
from bottega.check.api.task_arguments import moment
from bottega.check.api.task_models import CUSTOM_POOL_TYPE, DEFAULT_POOL_TYPE, RuleSetV2, pool_of
from bottega.check.identifiers import HEX32_PATTERN
from bottega.check.languages import LANGUAGES
from bottega.check.tasks.listing import Listed, Member, state_of
from bottega.check.tasks.new import Fields, NewTask
from bottega.check.tasks.service import Shown
from bottega.check.tasks.settings import RuleSetChoice
from bottega.check.tasks.tables import CheckScan
from bottega.documented import documented
from bottega.errors import SHOWN, Invalid

REPOSITORY_TYPES = (
    "DevCloud",
    "Gitee",
    "GitHub",
    "GitPub",
    "gitcode",
    "gitlab",
    "self_gitlab",
    "tfs_git",
    "bitbucket",
)

# ruff: noqa: N815 - as on the wire


class ConfigTemplate(msgspec.Struct, kw_only=True):
    """What a task is made from. ``branch`` is used when the body names none."""

    repo_type: str | None = None
    branch: str | None = None
    rule_sets: list[RuleSetV2] | None = None
    language: list[str] | None = None
    endpoint_id: str | None = None
    username: str | None = None
    access_token: str | None = None
    include_paths: str | None = None
    exclude_dir: str | None = None
    resource_pool_id: str | None = None
    resource_pool_type: str | None = None


class CreateTaskV3RequestBody(msgspec.Struct, kw_only=True):
    """``project_name`` says nothing that the id does not; ``is_template`` is ours."""

    name: str
    project_id: Annotated[str, documented(pattern=HEX32_PATTERN)]
    repo_url: str
    branch: str
    project_name: str | None = None
    config_template: ConfigTemplate | None = None
    is_template: bool | None = None

    def new(self) -> NewTask:
        """As the services have it. Raises :class:`Invalid`."""
        config = self.config_template or ConfigTemplate()
        if not self.name:
            raise Invalid("name", "is required")
        if config.repo_type and config.repo_type not in REPOSITORY_TYPES:
            known = ", ".join(REPOSITORY_TYPES)
            raise Invalid("config_template.repo_type", f"{config.repo_type[:SHOWN]!r} is none of {known}")
        return NewTask(
            name=self.name,
            git_url=self.repo_url,
            git_branch=self.branch or config.branch or "",
            languages=config.language or [],
            rule_sets=[
                RuleSetChoice(language=one.language, rule_set_id=one.ruleset_id or "")
                for one in config.rule_sets or []
            ],
            endpoint_id=config.endpoint_id or "",
            username=config.username or "",
            access_token=config.access_token or "",
            include=config.include_paths or "",
            ignore=config.exclude_dir or "",
            pool=pool_of(config.resource_pool_id, config.resource_pool_type),
            template=self.is_template or False,
            fields=Fields(
                name="name",
                url="repo_url",
                branch="branch",
                language="config_template.language",
                rule_sets="config_template.rule_sets",
            ),
        )


class CreateTaskV3Response(TaskFrame, kw_only=True):
    result: str


class DeleteTaskV3Response(msgspec.Struct, kw_only=True):
    """The frame of its family, to the letter as it is documented."""

    httpStatus: str = "OK"
    result: bool = True
    status: str = "success"


class TaskRuleSet(msgspec.Struct, kw_only=True):
    """Without an id it is the project's default set for the language."""

    language: str
    ruleSetId: str
    enabled: bool


class TaskListInfo(msgspec.Struct, kw_only=True):
    """``status`` is never_execute, executing, success, failed or aborted; ``reviewResult`` success, error or null."""

    id: str
    name: str
    projectId: str
    repoUrl: str
    branch: str
    creatorId: str
    creatorName: str
    createTime: str | None
    lastCheckTime: str | None
    lastJobId: str | None
    status: str
    reviewResult: str | None
    ruleSets: list[TaskRuleSet]
    taskClassificationId: str


class TaskListResult(msgspec.Struct, kw_only=True):
    total: int
    info: list[TaskListInfo]


class ShowTasksListResponse(TaskFrame, kw_only=True):
    result: TaskListResult


class TaskBasicInfoV3(msgspec.Struct, kw_only=True):
    """``avastarType`` is full or inc. The fields about the newest check are null before there is one."""

    id: str
    taskId: str
    taskName: str
    projectId: str
    parentTaskId: str | None
    avastarType: str
    checkType: str
    branchName: str
    repoUrl: str
    canChangeIgnoreMode: bool
    languages: list[str]
    ruleSets: list[TaskRuleSet]
    includePaths: list[str]
    ignorePaths: list[str]
    checkMode: int
    mrCheckMode: int
    endpointId: str
    resourcePoolId: str
    resourcePoolType: str
    isSetMrWebhook: bool
    isSetPushWebhook: bool
    isTemplate: bool
    reviewData: list[ReviewData]
    mergeId: str | None
    creatorId: str
    creatorName: str
    createTime: str | None
    updateTime: str | None
    jobId: str | None
    jobNumber: int | None
    jobStatus: str
    reviewResult: str | None
    reviewFaults: list[str]
    lastCheckTime: str | None


class GetTaskInfoResponse(TaskFrame, kw_only=True):
    result: TaskBasicInfoV3


class CheckListItem(msgspec.Struct, kw_only=True):
    """A task of the family. The fields about a merge request are null for branches and tags."""

    taskId: str
    branchName: str
    checkType: str
    isDefault: bool
    mergeId: str | None
    title: str | None
    sourceBranch: str | None
    targetBranch: str | None
    jobId: str | None
    status: str
    reviewResult: str | None
    createTime: str | None
    lastCheckTime: str | None


class CheckListResult(msgspec.Struct, kw_only=True):
    total: int
    list: Sequence[CheckListItem]


class ShowCheckListResponse(msgspec.Struct, kw_only=True):
    result: CheckListResult


class BranchTask(msgspec.Struct, kw_only=True):
    task_id: str
    task_name: str
    git_branch: str
    is_default: bool
    created_at: str | None
    last_check_time: str | None


class BranchTasksResponse(msgspec.Struct, kw_only=True):
    info: list[BranchTask]
    total: int


def pool_type(pool: str) -> str:
    """How a pool is shown beside its name."""
    return CUSTOM_POOL_TYPE if pool else DEFAULT_POOL_TYPE


def list_info(row: Listed, choices: Sequence[RuleSetChoice]) -> TaskListInfo:
    """A task of the list."""
    task, scan = row.task, row.scan
    return TaskListInfo(
        id=task.id,
        name=task.name,
        projectId=task.project_id,
        repoUrl=task.git_url,
        branch=task.branch,
        creatorId=task.creator_id,
        creatorName=task.creator_name,
        createTime=moment(task.created_at),
        lastCheckTime=moment(row.last_checked_at),
        lastJobId=scan.id if scan else None,
        status=state_of(scan),
        reviewResult=_verdict(scan),
        ruleSets=rule_sets_of(choices),
        taskClassificationId=task.group_id,
    )


def basic_info(shown: Shown, scan: CheckScan | None) -> TaskBasicInfoV3:
    """All of a task."""
    task, settings = shown.task, shown.settings
    request = shown.request
    return TaskBasicInfoV3(
        id=task.id,
        taskId=task.id,
        taskName=task.name,
        projectId=task.project_id,
        parentTaskId=task.parent_id,
        avastarType=task.task_type,
        checkType=task.kind,
        branchName=task.branch,
        repoUrl=task.git_url,
        canChangeIgnoreMode=True,
        languages=[LANGUAGES[one.language].short for one in settings.rule_sets if one.on],
        ruleSets=rule_sets_of(settings.rule_sets),
        includePaths=settings.include,
        ignorePaths=settings.ignore,
        checkMode=settings.check_mode,
        mrCheckMode=settings.merge_mode,
        endpointId=settings.endpoint_id,
        resourcePoolId=settings.pool,
        resourcePoolType=pool_type(settings.pool),
        isSetMrWebhook=settings.trigger_on_merge_request,
        isSetPushWebhook=settings.trigger_on_push,
        isTemplate=task.template,
        reviewData=review_data(settings.gate),
        mergeId=request.merge_id if request else None,
        creatorId=task.creator_id,
        creatorName=task.creator_name,
        createTime=moment(task.created_at),
        updateTime=moment(task.updated_at),
        jobId=scan.id if scan else None,
        jobNumber=scan.number if scan else None,
        jobStatus=state_of(scan),
        reviewResult=_verdict(scan),
        reviewFaults=scan.gate_faults if scan else [],
        lastCheckTime=moment(task.last_checked_at),
    )


def check_list_item(member: Member) -> CheckListItem:
    """A task of a family."""
    task, scan, request = member.task, member.scan, member.request
    merges = task.task_type == "inc"
    return CheckListItem(
        taskId=task.id,
        branchName=task.branch,
        checkType=task.kind,
        isDefault=task.parent_id is None,
        mergeId=request.merge_id if merges else None,
        title=request.title if merges else None,
        sourceBranch=request.source_branch if merges else None,
        targetBranch=request.target_branch if merges else None,
        jobId=scan.id if scan else None,
        status=state_of(scan),
        reviewResult=_verdict(scan),
        createTime=moment(task.created_at),
        lastCheckTime=moment(task.last_checked_at),
    )


def branch_info(member: Member) -> BranchTask:
    """The task of a branch."""
    task = member.task
    return BranchTask(
        task_id=task.id,
        task_name=task.name,
        git_branch=task.branch,
        is_default=task.parent_id is None,
        created_at=moment(task.created_at),
        last_check_time=moment(task.last_checked_at),
    )


def _verdict(scan: CheckScan | None) -> str | None:
    return scan.gate or None if scan else None


def rule_sets_of(choices: Sequence[RuleSetChoice]) -> list[TaskRuleSet]:
    """The rule sets of a task."""
    return [
        TaskRuleSet(language=LANGUAGES[one.language].short, ruleSetId=one.rule_set_id, enabled=one.on)
        for one in choices
    ]
