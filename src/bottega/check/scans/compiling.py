"""From a check task to the run the execution layer queues: a checkout, and the step that scans."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.agent.identity import host_arch
from bottega.check.kinds import CHECK
from bottega.check.tasks.families import COMMIT, MERGE, TAG
from bottega.check.tasks.settings import TaskSettings
from bottega.check.tasks.tables import CheckTask
from bottega.iam.principal import Principal
from bottega.ids import new_execution_id
from bottega.runs.flavors import DEFAULT_FLAVOR
from bottega.runs.own_credentials import PASSWORD, USER_NAME
from bottega.runs.spec import NewRun, RunSpec, StepSpec
from bottega.runs.tables import Agent
from bottega.settings import Settings

ACTION = "check"
"""The step that scans."""
TIMEOUT_SECONDS = 12 * 3600.0
"""Reference, section 7."""
CHECKOUT_KEY, CHECK_KEY = "stage1", "stage2"
DEFAULT_POOL = "default"
NEWEST_COMMIT = 1
"""The mode of whole branches in which not all is looked at."""
CHANGED_CODE, CHANGED_FILES = 0, 4
"""The same of merge requests; in the first all is looked at, and what the target has too is left out."""
REPOSITORY = 128


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What is checked out, and what opens it; both texts are empty for a repository that is open to everybody."""

    url: str
    branch: str
    username: str = ""
    token: str = ""


def mode_of(task: CheckTask, settings: TaskSettings) -> int:
    """The mode of this check, a number of its own vocabulary for whole branches and for merge requests."""
    return settings.merge_mode if is_incremental(task) else settings.check_mode


def is_incremental(task: CheckTask) -> bool:
    """Whether the task checks a merge request or a commit, and not a branch for its own sake."""
    return task.task_type == "inc" or task.kind in {MERGE, COMMIT}


def compile_check(
    session: Session,
    principal: Principal,
    task: CheckTask,
    settings: TaskSettings,
    source: Source,
    *,
    number: int,
    at: datetime,
    trigger: str,
    of_server: Settings,
) -> NewRun:
    """``settings`` are those of the task's family, with the task's own merge request."""
    pool = settings.pool or DEFAULT_POOL
    execution_id = new_execution_id()
    last = source.url.rstrip("/").replace(":", "/").rpartition("/")[2].removesuffix(".git")
    return NewRun(
        kind=CHECK,
        tenant_id=task.tenant_id,
        project_id=task.project_id,
        task_id=task.id,
        task_name=task.name,
        number=number,
        daily_number=f"{at:%Y%m%d}.{number}",
        execution_id=execution_id,
        trigger=trigger,
        user_id=principal.user_id,
        user_name=principal.user_name,
        pool=pool,
        arch=_arch(session, pool),
        flavor=DEFAULT_FLAVOR,
        spec=RunSpec(
            timeout_seconds=TIMEOUT_SECONDS,
            network=of_server.sandbox.network,
            opening=f"[JobStatusPlugin] onStarted: {execution_id} #{number}",
            env={},
            steps=[_checkout(task, settings, source), _check(task, settings, source, of_server)],
        ),
        secret_env={USER_NAME: source.username, PASSWORD: source.token} if source.token else {},
        source_url=source.url,
        repository=last[:REPOSITORY],
        build_type="tag" if task.kind == TAG else "branch",
        branch="" if task.kind == TAG else source.branch,
        tag=source.branch if task.kind == TAG else "",
    )


def _checkout(task: CheckTask, settings: TaskSettings, source: Source) -> StepSpec:
    inputs: dict[str, Any] = {
        "url": source.url,
        "branch": "" if task.kind == TAG else source.branch,
        "tag": source.branch if task.kind == TAG else "",
        "build_type": "tag" if task.kind == TAG else "branch",
        "submodules": settings.submodules,
    }
    return StepSpec(
        key=CHECKOUT_KEY,
        name="Code checkout",
        action="checkout",
        inputs=inputs,
        label="checkout",
        hidden=True,
    )


def _check(task: CheckTask, settings: TaskSettings, source: Source, of_server: Settings) -> StepSpec:
    inputs: dict[str, Any] = {"url": source.url, "since": _since(task, settings)}
    request = settings.merge_request
    # Lines are looked at where a forge may be told of them.
    if task.kind == MERGE and request and any(forge.annotations for forge in of_server.forges):
        inputs["target"] = request.target_branch
    return StepSpec(key=CHECK_KEY, name="Code check", action=ACTION, inputs=inputs, label="check")


def _since(task: CheckTask, settings: TaskSettings) -> str:
    mode = mode_of(task, settings)
    if not is_incremental(task):
        return "parent" if mode == NEWEST_COMMIT else ""
    target = settings.merge_request.target_branch if settings.merge_request else ""
    if mode == CHANGED_CODE:
        return f"without:{target}"
    if mode == CHANGED_FILES:
        return f"target:{target}" if target else "parent"
    return ""


def _arch(session: Session, pool: str) -> str:
    """Checks run on any kind of processor: on that of the agent of the pool that was heard last."""
    query = (
        select(Agent.arch)
        .where(Agent.pool == pool, Agent.revoked_at.is_(None), Agent.arch != "")
        .order_by(Agent.last_seen_at.is_(None), Agent.last_seen_at.desc())
        .limit(1)
    )
    return session.scalar(query) or host_arch()
