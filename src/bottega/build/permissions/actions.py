"""The actions of the permission matrix, and what each role may do unless a project says otherwise.

Reference, sections 8.1 and 8.3. Where the editions differ about testers and participants, they may view: the
reference's own request example says so, and a member who cannot even look is of no use to a team.
"""

from enum import StrEnum

from bottega.projects.roles import (
    COMMITTER,
    DEVELOPER,
    OPERATION_MANAGER,
    PARTICIPANT,
    PRODUCT_MANAGER,
    PROJECT_ADMINISTRATOR,
    PROJECT_MANAGER,
    SYSTEM_ENGINEER,
    TEST_MANAGER,
    TESTER,
    VIEWER,
)


class Action(StrEnum):
    """The columns of the matrix. CREATE and GROUP exist for projects only."""

    CREATE = "create"
    MODIFY = "modify"
    DELETE = "delete"
    VIEW = "view"
    EXECUTE = "execute"
    COPY = "copy"
    DISABLE = "disable"
    MANAGE = "manage"
    GROUP = "group"


Actions = frozenset[Action]

ALL: Actions = frozenset(Action)
LOOKING: Actions = frozenset({Action.VIEW})
WORKING: Actions = ALL - {Action.MANAGE}
NOTHING: Actions = frozenset()

DEFAULTS: dict[int, Actions] = {
    PROJECT_ADMINISTRATOR: ALL,
    PROJECT_MANAGER: ALL,
    OPERATION_MANAGER: NOTHING,
    DEVELOPER: WORKING,
    COMMITTER: WORKING,
    SYSTEM_ENGINEER: WORKING,
    TEST_MANAGER: LOOKING,
    TESTER: LOOKING,
    PARTICIPANT: LOOKING,
    VIEWER: LOOKING,
    PRODUCT_MANAGER: LOOKING,
}

LOCKED = frozenset({PROJECT_ADMINISTRATOR})
"""Rows nobody can change."""
