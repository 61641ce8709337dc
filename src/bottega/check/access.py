"""What a caller may do with a project's check tasks (reference, sections 1.1 and 6.8): asked by every operation."""

from enum import StrEnum

from sqlalchemy import ColumnElement, or_, true
from sqlalchemy.orm import Session

from bottega.check.tasks.tables import CheckTask
from bottega.errors import Forbidden
from bottega.iam.principal import Principal, Right
from bottega.projects.parts import Role, named_roles, role_by_rights, role_of
from bottega.projects.roles import (
    COMMITTER,
    DEVELOPER,
    PRODUCT_MANAGER,
    PROJECT_ADMINISTRATOR,
    PROJECT_MANAGER,
    SYSTEM_ENGINEER,
)


class Action(StrEnum):
    """Named as in the service's own policies."""

    CREATE = "task:create"
    DELETE = "task:delete"
    UPDATE = "task:update"
    EXECUTE = "task:execute"
    GET = "task:get"
    LIST = "task:list"
    GET_REPORT = "task:getReport"
    UPDATE_REPORT = "task:updateReportStatus"
    LIST_RULE_SETS = "listRuleSets"
    GET_RULE_SET = "getRuleSet"
    EDIT_RULE_SET = "editRuleSet"
    SET_DEFAULT_RULE_SET = "setDefaultRuleSet"


Actions = frozenset[Action]

ALL: Actions = frozenset(Action)

_RULES = frozenset({Action.LIST_RULE_SETS, Action.GET_RULE_SET})
_SEE = frozenset({Action.GET, Action.LIST}) | _RULES
_REPORT = frozenset({Action.GET_REPORT, Action.UPDATE_REPORT})
_RUN = _SEE | _REPORT | {Action.EXECUTE, Action.UPDATE}
_REMOVE = frozenset({Action.DELETE, Action.SET_DEFAULT_RULE_SET})
_MAKE = frozenset({Action.CREATE, Action.EDIT_RULE_SET})

BY_ROLE: dict[int, Actions] = {
    PROJECT_ADMINISTRATOR: ALL,
    PROJECT_MANAGER: ALL,
    SYSTEM_ENGINEER: ALL,
    COMMITTER: ALL,
    DEVELOPER: _RUN | _MAKE,
    PRODUCT_MANAGER: _RUN | _REMOVE,
}
"""All other roles may do nothing by default."""

_BY_RIGHT: dict[Right, Actions] = {
    Right.VIEW: _SEE | {Action.GET_REPORT},
    Right.CREATE: _MAKE,
    Right.MODIFY: frozenset({Action.UPDATE, Action.UPDATE_REPORT, Action.SET_DEFAULT_RULE_SET}),
    Right.DELETE: frozenset({Action.DELETE}),
    Right.EXECUTE: frozenset({Action.EXECUTE}),
    Right.ADMINISTER: ALL,
}


def on_project(session: Session, principal: Principal, project_id: str) -> Actions:
    """What the caller may do in a project of their tenant."""
    role = role_of(session, principal, project_id)
    return frozenset() if role is None else _of(principal, role)


def visible_tasks(session: Session, principal: Principal, action: Action) -> ColumnElement[bool]:
    """The condition for tasks of the caller's tenant with which the caller may do it, for lists and sums."""
    if Right.ADMINISTER in principal.rights:
        return true()
    named = named_roles(session, principal)
    unnamed = role_by_rights(principal)
    default = unnamed is not None and action in _of(principal, unnamed)
    excepted = [
        project_id for project_id, role in named.items() if (action in BY_ROLE.get(role, ())) is not default
    ]
    others = CheckTask.project_id.in_(excepted)
    return or_(CheckTask.creator_id == principal.user_id, ~others if default else others)


def require_on_project(session: Session, principal: Principal, project_id: str, action: Action) -> None:
    """Raise :class:`Forbidden` unless the caller may do it in the project."""
    if action not in on_project(session, principal, project_id):
        raise Forbidden(f"user {principal.user_name} lacks the permission codeartscheck:{action}")


def require_on_task(session: Session, principal: Principal, task: CheckTask, action: Action) -> None:
    """Raise :class:`Forbidden` unless the caller may do it with the task; who created it may do all."""
    if task.creator_id != principal.user_id:
        require_on_project(session, principal, task.project_id, action)


def _of(principal: Principal, role: Role) -> Actions:
    if role.named:
        return BY_ROLE.get(role.role_id, frozenset())
    # Who was never named in the project takes part by the rights of their groups, and never beyond those.
    return frozenset(action for right in principal.rights for action in _BY_RIGHT[right])
