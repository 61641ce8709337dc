"""Who sees and deletes what: as with the build task that made it, or the project when that is gone for good."""

from sqlalchemy import ColumnElement, literal, or_, select
from sqlalchemy.orm import Session

from bottega.artifacts.tables import PackageVersion
from bottega.build import access
from bottega.build.access import Action
from bottega.build.tables import BuildTask
from bottega.errors import Forbidden
from bottega.iam.principal import Principal


def visible(session: Session, principal: Principal, project_id: str) -> ColumnElement[bool]:
    """The condition for versions of a project that the caller may view."""
    shown = select(BuildTask.id).where(
        BuildTask.project_id == project_id, access.visible_tasks(session, principal)
    )
    known = select(BuildTask.id).where(BuildTask.project_id == project_id)
    of_project = Action.VIEW in access.on_project(session, principal, project_id)
    orphaned = literal(of_project) & PackageVersion.task_id.not_in(known)
    return or_(PackageVersion.task_id.in_(shown), orphaned)


def require(session: Session, principal: Principal, version: PackageVersion, action: Action) -> None:
    """Raise :class:`Forbidden` unless the caller may do ``action``. Deleting is also for who manages the task."""
    task = session.get(BuildTask, version.task_id)
    if task is None:
        allowed = access.on_project(session, principal, version.project_id)
    else:
        allowed = access.on_task(session, principal, task)
    if action not in allowed and not (action is Action.DELETE and Action.MANAGE in allowed):
        raise Forbidden(
            f"user {principal.user_name} may not {action} artifacts of the build task {version.task_name}"
        )
