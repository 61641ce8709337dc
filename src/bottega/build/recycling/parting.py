"""What a deleted project leaves behind while tasks of it are in the recycle bin."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bottega.build.permissions.service import forget_project as forget_permissions
from bottega.build.tables import BuildTask
from bottega.projects.tables import Project, ProjectMember


def part_with(session: Session, project_id: str) -> None:
    """Delete the members of a deleted project and its matrix once none of its tasks is left, binned ones included.

    Until then they tell who sees those tasks and may purge them: without them a role that allows less than the rights
    in the tenant would be forgotten.
    """
    session.flush()
    deleted = select(Project.id).where(Project.id == project_id, Project.deleted_at.is_not(None))
    # Whoever purges the other last task at the same time waits here, and then sees that ours has gone.
    if session.scalar(deleted.with_for_update()) is None:
        return
    if session.scalar(select(BuildTask.id).where(BuildTask.project_id == project_id).limit(1)) is not None:
        return
    session.execute(delete(ProjectMember).where(ProjectMember.project_id == project_id))
    forget_permissions(session, project_id)
