"""Families of tasks: the one of the default branch has the settings, those of other branches are its children."""

from typing import Any

import msgspec
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from bottega.check import access
from bottega.check.access import Action
from bottega.check.tasks import merging, reading
from bottega.check.tasks.settings import MergeRequest, TaskSettings
from bottega.check.tasks.tables import CheckTask
from bottega.clock import epoch_ms
from bottega.iam.principal import Principal
from bottega.ids import new_hex

BRANCH, TAG, MERGE, COMMIT = "branch", "tag", "mr", "cr"
KINDS = (BRANCH, TAG, COMMIT, MERGE)


def root_to_change(session: Session, principal: Principal, task: CheckTask) -> CheckTask:
    """The task that has what holds for the whole family, held until the write transaction ends.

    Raises :class:`UnknownTask`, :class:`Forbidden`: who made the task of a branch may not change it for the others.
    """
    root = reading.task(session, principal.tenant_id, task.parent_id or task.id, lock=True)
    access.require_on_task(session, principal, root, Action.UPDATE)
    return root


def branch_task(session: Session, root: CheckTask, branch: str, *, kind: str = BRANCH) -> CheckTask:
    """The family's task for a branch or tag, made now if there is none. Inside a write transaction."""
    if kind == BRANCH and branch == root.branch:
        return root
    _hold(session, root)
    query = select(CheckTask).where(
        CheckTask.parent_id == root.id,
        CheckTask.kind == kind,
        CheckTask.branch == branch,
        CheckTask.deleted_at.is_(None),
    )
    return session.scalars(query).first() or add_child(session, root, kind=kind, branch=branch)


def merge_task(
    session: Session, root: CheckTask, request: MergeRequest, creator: Principal | None = None, **values: Any
) -> CheckTask:
    """The family's task for a merge request or commit: one of the same ``merge_id`` is the same, brought up to date.

    ``values`` are columns in which it differs from its family. Inside a write transaction.
    """
    kind = merging.kind_of(request)
    _hold(session, root)
    own = msgspec.to_builtins(TaskSettings(merge_request=request))
    if request.merge_id:
        query = select(CheckTask).where(
            CheckTask.parent_id == root.id,
            CheckTask.kind == kind,
            CheckTask.settings["merge_request", "merge_id"].as_string() == request.merge_id,
        )
        known = session.scalars(query.order_by(CheckTask.created_at).limit(1)).first()
        if known is not None:
            for name, value in values.items():
                setattr(known, name, value)
            known.settings, known.branch, known.updated_at = own, request.source_branch, epoch_ms()
            return known
    if creator is not None:
        values = {**values, "creator_id": creator.user_id, "creator_name": creator.user_name}
    return add_child(
        session, root, kind=kind, branch=request.source_branch, task_type="inc", settings=own, **values
    )


def add_child(session: Session, root: CheckTask, **values: Any) -> CheckTask:
    """A new task of the family. ``values`` are columns; the others are as in its root."""
    now = epoch_ms()
    child = CheckTask(
        **{
            "id": new_hex(),
            "tenant_id": root.tenant_id,
            "project_id": root.project_id,
            "parent_id": root.id,
            "name": root.name,
            "git_url": root.git_url,
            "repository": root.repository,
            "settings": {},
            "creator_id": root.creator_id,
            "creator_name": root.creator_name,
            "created_at": now,
            "updated_at": now,
            **values,
        }
    )
    session.add(child)
    session.flush()
    return child


def merge_request_of(task: CheckTask) -> MergeRequest:
    """What an incremental task checks; without anything for others."""
    own = msgspec.convert(task.settings, TaskSettings)
    return own.merge_request or MergeRequest()


def members(root_id: str) -> Select[str]:
    """Ids of a whole family, as part of a query: it may have very many branches and merge requests."""
    return select(CheckTask.id).where(or_(CheckTask.id == root_id, CheckTask.parent_id == root_id))


def _hold(session: Session, root: CheckTask) -> None:
    # Of two transactions that make the same child the second waits, and finds it.
    session.refresh(root, with_for_update=True)
