"""Reading the matrix: the rows of a project or a task, filled up with what holds where there is none."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.build.permissions.actions import DEFAULTS, LOCKED, Action, Actions
from bottega.build.permissions.tables import PermissionRow

Matrix = dict[int, Actions]


def of_project(session: Session, project_id: str) -> Matrix:
    """Every role's actions in a project."""
    return DEFAULTS | read(rows(session, project_id, ""))


def of_task(session: Session, project_id: str, task_id: str) -> Matrix:
    """Every role's actions with a task that has its own matrix."""
    return DEFAULTS | read(rows(session, project_id, task_id))


def rows(session: Session, project_id: str, task_id: str) -> list[PermissionRow]:
    """The stored rows of a project (empty ``task_id``) or a task."""
    query = select(PermissionRow).where(
        PermissionRow.project_id == project_id, PermissionRow.task_id == task_id
    )
    return list(session.scalars(query))


def read(stored: Iterable[PermissionRow]) -> Matrix:
    """Stored rows as actions; locked roles keep theirs whatever was stored."""
    return {row.role_id: actions_of(row.actions) for row in stored if row.role_id not in LOCKED}


def actions_of(values: Iterable[str]) -> Actions:
    """Stored values as actions; one this version does not know was written by a newer one and allows nothing here."""
    known = {action.value for action in Action}
    return frozenset(Action(value) for value in values if value in known)
