"""What a caller may do with check tasks: by role, by the rights of their groups, and never beyond either."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bottega.check import access
from bottega.check.access import ALL, Action, Actions
from bottega.check.tasks.tables import CheckTask
from bottega.errors import Forbidden
from bottega.iam.principal import Principal, Right
from bottega.projects.members import MemberService
from bottega.projects.roles import (
    COMMITTER,
    DEVELOPER,
    PRODUCT_MANAGER,
    PROJECT_ADMINISTRATOR,
    PROJECT_MANAGER,
    ROLE_NAMES,
    SYSTEM_ENGINEER,
    VIEWER,
)
from bottega.store.database import Database
from tests.build.permissions.people import WORKER, colleague
from tests.check.making import new_task
from tests.support.databases import seed_project

NUMBERS = itertools.count()
NOTHING: Actions = frozenset()

LOOKING = frozenset(
    {Action.GET, Action.LIST, Action.GET_REPORT, Action.LIST_RULE_SETS, Action.GET_RULE_SET},
)
WORKING = LOOKING | {Action.EXECUTE, Action.UPDATE, Action.UPDATE_REPORT}
OF_ROLE = {
    **dict.fromkeys((PROJECT_ADMINISTRATOR, PROJECT_MANAGER, SYSTEM_ENGINEER, COMMITTER), ALL),
    DEVELOPER: WORKING | {Action.CREATE, Action.EDIT_RULE_SET},
    PRODUCT_MANAGER: WORKING | {Action.DELETE, Action.SET_DEFAULT_RULE_SET},
}
"""As the pages on tasks and rule sets have it: all other roles may do nothing."""
OF_RIGHT = {
    Right.VIEW: LOOKING,
    Right.CREATE: {Action.CREATE, Action.EDIT_RULE_SET},
    Right.MODIFY: {Action.UPDATE, Action.UPDATE_REPORT, Action.SET_DEFAULT_RULE_SET},
    Right.DELETE: {Action.DELETE},
    Right.EXECUTE: {Action.EXECUTE},
    Right.ADMINISTER: ALL,
}


@pytest.fixture
def members(database: Database) -> MemberService:
    return MemberService(database)


def on_project(database: Database, principal: Principal, project_id: str) -> Actions:
    with database.read() as session:
        return access.on_project(session, principal, project_id)


def on_task(database: Database, principal: Principal, task_id: str) -> Actions:
    """What the caller may do with a task, asked one by one."""
    allowed: set[Action] = set()
    with database.read() as session:
        task = session.get_one(CheckTask, task_id)
        for action in Action:
            try:
                access.require_on_task(session, principal, task, action)
            except Forbidden as refused:
                assert f"codeartscheck:{action}" in str(refused)
            else:
                allowed.add(action)
    return frozenset(allowed)


def in_lists(database: Database, principal: Principal, task_id: str) -> Actions:
    """For what the task is in the caller's lists and sums."""
    with database.read() as session:
        return frozenset(
            action
            for action in Action
            if session.scalar(
                select(CheckTask.id).where(
                    CheckTask.id == task_id, access.visible_tasks(session, principal, action)
                )
            )
        )


@pytest.mark.parametrize("right", Right)
def test_each_right_allows_what_is_written_and_nothing_else(
    database: Database, alice: Principal, project_id: str, right: Right
) -> None:
    user = colleague(database, alice, "user", frozenset({right}))
    assert on_project(database, user, project_id) == OF_RIGHT[right]


def test_rights_add_up_and_none_allows_nothing(database: Database, alice: Principal, project_id: str) -> None:
    worker = colleague(database, alice, "worker", WORKER)
    nobody = colleague(database, alice, "nobody", frozenset())
    assert on_project(database, worker, project_id) == ALL
    assert on_project(database, nobody, project_id) == NOTHING


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_a_named_member_has_the_role_whatever_the_groups_allow(
    database: Database, alice: Principal, project_id: str, members: MemberService, role: int
) -> None:
    worker = colleague(database, alice, "worker", WORKER)
    nobody = colleague(database, alice, "nobody", frozenset())
    members.add(alice, project_id, [(worker.user_id, role), (nobody.user_id, role)])
    for user in (worker, nobody):
        assert on_project(database, user, project_id) == OF_ROLE.get(role, NOTHING)


def test_who_made_a_task_may_do_all_with_it_and_nothing_with_others(
    database: Database, alice: Principal, project_id: str, members: MemberService
) -> None:
    maker = colleague(database, alice, "maker", WORKER)
    members.add(alice, project_id, [(maker.user_id, VIEWER)])
    own, other = (new_task(database, who, project_id) for who in (maker, alice))
    assert (on_task(database, maker, own), in_lists(database, maker, own)) == (ALL, ALL)
    assert (on_task(database, maker, other), in_lists(database, maker, other)) == (NOTHING, NOTHING)


def test_a_project_of_another_tenant_allows_nothing(
    database: Database, alice: Principal, bob: Principal, project_id: str
) -> None:
    stranger = colleague(database, bob, "stranger", WORKER)
    assert on_project(database, stranger, project_id) == NOTHING


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    here=st.none() | st.sampled_from(list(ROLE_NAMES)),
    elsewhere=st.none() | st.sampled_from(list(ROLE_NAMES)),
    rights=st.frozensets(st.sampled_from(list(Right))),
)
def test_lists_hold_exactly_what_the_caller_may_do_it_with(
    database: Database,
    alice: Principal,
    members: MemberService,
    here: int | None,
    elsewhere: int | None,
    rights: frozenset[Right],
) -> None:
    name = f"user-{next(NUMBERS)}"
    user = colleague(database, alice, name, rights)
    for role, part in ((here, "here"), (elsewhere, "elsewhere")):
        project_id = seed_project(database, alice, f"{name}-{part}")
        task_id = new_task(database, alice, project_id)
        if role is not None:
            members.add(alice, project_id, [(user.user_id, role)])
        assert in_lists(database, user, task_id) == on_task(database, user, task_id)
