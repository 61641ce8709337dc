"""The roles of a project's members (reference, section 8.2; ids as on the wire)."""

from bottega.errors import Invalid

TASK_CREATOR = -3
PROJECT_ADMINISTRATOR = -1
OPERATION_MANAGER = 0
PROJECT_MANAGER = 3
DEVELOPER = 4
TEST_MANAGER = 5
TESTER = 6
PARTICIPANT = 7
VIEWER = 8
COMMITTER = 1001
PRODUCT_MANAGER = 1002
SYSTEM_ENGINEER = 1015

ROLE_NAMES = {
    PROJECT_ADMINISTRATOR: "project_admin",
    OPERATION_MANAGER: "operation_manager",
    PROJECT_MANAGER: "project_manager",
    DEVELOPER: "developer",
    TEST_MANAGER: "test_manager",
    TESTER: "tester",
    PARTICIPANT: "participant",
    VIEWER: "viewer",
    COMMITTER: "committer",
    PRODUCT_MANAGER: "product_manager",
    SYSTEM_ENGINEER: "system_engineer",
}
"""Every role a member can have; the task's creator is no role of the project."""

_SYNONYMS = {9: OPERATION_MANAGER}
"""ProjectMan counts the operation manager as 9, Build as 0."""


def checked_role(field: str, role_id: int) -> int:
    """The role's id as Build counts. Raises :class:`Invalid`."""
    known = _SYNONYMS.get(role_id, role_id)
    if known not in ROLE_NAMES:
        raise Invalid(field, f"{role_id} is none of {', '.join(str(one) for one in ROLE_NAMES)}")
    return known
