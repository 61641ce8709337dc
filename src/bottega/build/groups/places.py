"""The group a task is in: what saving and listing tasks ask of the tree."""

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from bottega.build.groups.tables import BuildGroup
from bottega.build.tables import BuildTask
from bottega.errors import Invalid


def hold(session: Session, tenant_id: str, project_id: str, group_id: str) -> bool:
    """Whether the project has the group, or none is named. It cannot be deleted until the transaction ends.

    To be asked before any task is locked: who deletes a group locks it first and its tasks then.
    """
    if not group_id:
        return True
    query = select(BuildGroup.id).where(
        BuildGroup.id == group_id, BuildGroup.tenant_id == tenant_id, BuildGroup.project_id == project_id
    )
    return session.scalar(query.with_for_update(read=True)) is not None


def unknown(group_id: str) -> Invalid:
    """The refusal of a task that names a group its project does not have."""
    return Invalid("group_id", f"the project has no group {group_id}")


def within(tenant_id: str, project_id: str, group_id: str) -> ColumnElement[bool]:
    """The condition for tasks in the group or in any group below it; none when the project has no such group."""
    subtree = (
        select(BuildGroup.id)
        .where(
            BuildGroup.id == group_id,
            BuildGroup.tenant_id == tenant_id,
            BuildGroup.project_id == project_id,
        )
        .cte("subtree", recursive=True)
    )
    below = select(BuildGroup.id).join(
        subtree, (BuildGroup.project_id == project_id) & (BuildGroup.parent_id == subtree.c.id)
    )
    return BuildTask.group_id.in_(select(subtree.union(below).c.id))


def forget_project(session: Session, project_id: str) -> None:
    """Delete the groups of a project that is being deleted; what was in them comes back no more."""
    session.execute(delete(BuildGroup).where(BuildGroup.project_id == project_id))
