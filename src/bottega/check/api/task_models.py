"""Creating and listing tasks as the SDK says it, v2."""

import msgspec

from bottega.check.api.task_arguments import moment
from bottega.check.tasks.listing import Listed
from bottega.check.tasks.new import FULL, SOURCE, NewTask
from bottega.check.tasks.settings import MergeRequest, RuleSetChoice
from bottega.errors import Invalid

DEFAULT_POOL_TYPE, CUSTOM_POOL_TYPE = "default", "custom"


class IncConfigV2(msgspec.Struct, kw_only=True):
    """What an incremental task checks."""

    parent_task_id: str | None = None
    git_source_branch: str | None = None
    git_target_branch: str | None = None
    merge_id: str | None = None
    event_type: str | None = None
    action: str | None = None
    title: str | None = None

    def request(self) -> MergeRequest:
        """As the services have it."""
        return MergeRequest(
            source_branch=self.git_source_branch or "",
            target_branch=self.git_target_branch or "",
            merge_id=self.merge_id or "",
            title=self.title or "",
            event=self.event_type or "",
            action=self.action or "",
        )


class RuleSetV2(msgspec.Struct, kw_only=True):
    """Without an id it is the project's default set for the language."""

    language: str
    ruleset_id: str | None = None


class CreateTaskRequestV2(msgspec.Struct, kw_only=True):
    """``task_name`` and what follows it are not in the SDK's model, and sent by clients of the live service."""

    git_url: str
    git_branch: str
    language: list[str] | None = None
    rule_sets: list[RuleSetV2] | None = None
    check_type: list[str] | None = None
    task_type: str | None = None
    username: str | None = None
    access_token: str | None = None
    endpoint_id: str | None = None
    inc_config: IncConfigV2 | None = None
    enable_fossbot: bool | None = None
    resource_pool_id: str | None = None
    task_name: str | None = None
    resource_pool_type: str | None = None
    include_paths: str | None = None
    exclude_dir: str | None = None

    def new(self) -> NewTask:
        """As the services have it. Raises :class:`Invalid`."""
        config = self.inc_config
        sets = self.rule_sets or []
        return NewTask(
            git_url=self.git_url,
            git_branch=self.git_branch,
            name=self.task_name or "",
            languages=self.language or [],
            rule_sets=[
                RuleSetChoice(language=one.language, rule_set_id=one.ruleset_id or "") for one in sets
            ],
            check_types=self.check_type or [SOURCE],
            task_type=self.task_type or FULL,
            username=self.username or "",
            access_token=self.access_token or "",
            endpoint_id=self.endpoint_id or "",
            fossbot=self.enable_fossbot or False,
            pool=pool_of(self.resource_pool_id, self.resource_pool_type),
            include=self.include_paths or "",
            ignore=self.exclude_dir or "",
            merge_request=config.request() if config else None,
            parent_task_id=(config.parent_task_id if config else None) or "",
        )


class CreateTaskResponse(msgspec.Struct, kw_only=True):
    task_id: str


class SimpleTaskInfoV2(msgspec.Struct, kw_only=True):
    """``task_id`` is that of the default branch's task; ``last_check_time`` the latest over all branches."""

    task_id: str
    task_name: str
    creator_id: str
    git_url: str
    git_branch: str
    created_at: str | None
    last_check_time: str | None


class ShowTaskListByProjectIdResponse(msgspec.Struct, kw_only=True):
    tasks: list[SimpleTaskInfoV2]
    total: int


def pool_of(pool_id: str | None, pool_type: str | None) -> str:
    """The pool two fields name, empty for the default one. Raises :class:`Invalid`."""
    if pool_type not in {None, "", DEFAULT_POOL_TYPE, CUSTOM_POOL_TYPE}:
        raise Invalid("resource_pool_type", f"is neither {DEFAULT_POOL_TYPE} nor {CUSTOM_POOL_TYPE}")
    if pool_type == CUSTOM_POOL_TYPE and not pool_id:
        raise Invalid("resource_pool_id", f"is required for pools of the type {CUSTOM_POOL_TYPE}")
    return "" if pool_type == DEFAULT_POOL_TYPE else pool_id or ""


def simple(row: Listed) -> SimpleTaskInfoV2:
    """A task of the list."""
    task = row.task
    return SimpleTaskInfoV2(
        task_id=task.id,
        task_name=task.name,
        creator_id=task.creator_id,
        git_url=task.git_url,
        git_branch=task.branch,
        created_at=moment(task.created_at),
        last_check_time=moment(row.last_checked_at),
    )
