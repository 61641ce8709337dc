"""What a caller may do with tasks: by role, by the matrices of project and task, and never beyond the tenant."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bottega.build import access
from bottega.build.access import Action
from bottega.build.definition import Definition
from bottega.build.permissions import matrix
from bottega.build.permissions.actions import ALL, DEFAULTS, LOOKING, NOTHING, WORKING
from bottega.build.permissions.service import PermissionService
from bottega.build.service import BuildService
from bottega.build.tables import BuildTask
from bottega.errors import Forbidden, Invalid
from bottega.iam.principal import Principal, Right
from bottega.projects.members import MemberService
from bottega.projects.roles import (
    DEVELOPER,
    OPERATION_MANAGER,
    PROJECT_ADMINISTRATOR,
    PROJECT_MANAGER,
    ROLE_NAMES,
    VIEWER,
)
from bottega.store.database import Database
from tests.build.permissions.people import LOOKER, WORKER, colleague
from tests.support.databases import seed_project

NUMBERS = itertools.count()
ACTIONS = st.frozensets(st.sampled_from(list(Action)))


@pytest.fixture
def permissions(builds: BuildService) -> PermissionService:
    return PermissionService(builds.database, builds.zone)


@pytest.fixture
def members(database: Database) -> MemberService:
    return MemberService(database)


def definition() -> Definition:
    return Definition(arch="x86-64", steps=[])


def on_project(database: Database, principal: Principal, project_id: str) -> frozenset[Action]:
    with database.read() as session:
        return access.on_project(session, principal, project_id)


def on_task(database: Database, principal: Principal, task: BuildTask) -> frozenset[Action]:
    with database.read() as session:
        stored = session.get_one(BuildTask, task.id)
        return access.on_task(session, principal, stored)


def visible(database: Database, principal: Principal) -> set[str]:
    with database.read() as session:
        condition = access.visible_tasks(session, principal)
        query = select(BuildTask.name).where(BuildTask.tenant_id == principal.tenant_id, condition)
        return set(session.scalars(query))


def test_an_administrator_of_the_tenant_may_do_everything(
    database: Database, alice: Principal, project_id: str
) -> None:
    assert on_project(database, alice, project_id) == ALL


def test_who_was_never_named_a_member_is_bound_by_the_rights_in_the_tenant(
    database: Database, alice: Principal, project_id: str
) -> None:
    worker = colleague(database, alice, "worker", WORKER)
    looker = colleague(database, alice, "looker", LOOKER)
    runner = colleague(database, alice, "runner", frozenset({Right.VIEW, Right.EXECUTE}))
    nobody = colleague(database, alice, "nobody", frozenset())
    assert on_project(database, worker, project_id) == WORKING
    assert on_project(database, looker, project_id) == LOOKING
    assert on_project(database, runner, project_id) == {Action.VIEW, Action.EXECUTE}
    assert on_project(database, nobody, project_id) == NOTHING


def test_a_named_member_has_the_role_whatever_the_groups_allow(
    database: Database, alice: Principal, project_id: str, members: MemberService
) -> None:
    nobody = colleague(database, alice, "nobody", frozenset())
    worker = colleague(database, alice, "worker", WORKER)
    members.add(alice, project_id, [(nobody.user_id, PROJECT_MANAGER), (worker.user_id, VIEWER)])
    assert on_project(database, nobody, project_id) == ALL
    assert on_project(database, worker, project_id) == LOOKING
    members.remove(alice, project_id, [nobody.user_id])
    assert on_project(database, nobody, project_id) == NOTHING


def test_the_creators_of_project_and_task_may_do_everything_there(
    database: Database, builds: BuildService, alice: Principal, project_id: str, members: MemberService
) -> None:
    worker = colleague(database, alice, "worker", WORKER)
    task = builds.create(worker, project_id, "mine", definition())
    members.add(alice, project_id, [(worker.user_id, OPERATION_MANAGER)])
    assert on_project(database, worker, project_id) == NOTHING
    assert on_task(database, worker, task) == ALL
    assert visible(database, worker) == {"mine"}


def test_a_changed_row_of_the_project_holds_for_its_tasks_and_not_elsewhere(
    database: Database,
    builds: BuildService,
    alice: Principal,
    project_id: str,
    permissions: PermissionService,
) -> None:
    worker = colleague(database, alice, "worker", WORKER)
    task = builds.create(alice, project_id, "task", definition())
    permissions.replace(alice, project_id, [], {DEVELOPER: frozenset({Action.VIEW, Action.EXECUTE})})
    assert on_task(database, worker, task) == {Action.VIEW, Action.EXECUTE}
    permissions.replace(alice, project_id, [], {DEVELOPER: NOTHING})
    assert on_task(database, worker, task) == NOTHING
    assert visible(database, worker) == set()
    assert visible(database, alice) == {"task"}


def test_a_task_with_its_own_matrix_does_not_follow_its_project(
    database: Database,
    builds: BuildService,
    alice: Principal,
    project_id: str,
    permissions: PermissionService,
) -> None:
    worker = colleague(database, alice, "worker", WORKER)
    own = builds.create(alice, project_id, "own", definition())
    following = builds.create(alice, project_id, "following", definition())
    permissions.replace(alice, project_id, [own.id], {DEVELOPER: LOOKING})
    permissions.replace(alice, project_id, [], {DEVELOPER: NOTHING})
    assert on_task(database, worker, own) == LOOKING
    assert on_task(database, worker, following) == NOTHING
    assert visible(database, worker) == {"own"}
    permissions.follow_project(alice, project_id, [own.id], follows=True)
    assert on_task(database, worker, own) == NOTHING
    assert visible(database, worker) == set()


def test_a_project_administrator_may_do_all_whatever_is_stored(
    database: Database,
    alice: Principal,
    project_id: str,
    permissions: PermissionService,
    members: MemberService,
) -> None:
    nobody = colleague(database, alice, "nobody", frozenset())
    members.add(alice, project_id, [(nobody.user_id, PROJECT_ADMINISTRATOR)])
    permissions.replace(alice, project_id, [], {PROJECT_ADMINISTRATOR: NOTHING, VIEWER: NOTHING})
    with database.read() as session:
        rows = {row.role_id: row for row in matrix.rows(session, project_id, "")}
    row = rows[PROJECT_ADMINISTRATOR]
    assert set(row.actions) == set(ALL)
    with database.write() as session:
        session.merge(row).actions = []
    assert on_project(database, nobody, project_id) == ALL


def test_only_who_may_manage_changes_a_matrix(
    database: Database,
    builds: BuildService,
    alice: Principal,
    project_id: str,
    permissions: PermissionService,
) -> None:
    worker = colleague(database, alice, "worker", WORKER)
    task = builds.create(alice, project_id, "task", definition())
    mine = builds.create(worker, project_id, "mine", definition())
    with pytest.raises(Forbidden):
        permissions.replace(worker, project_id, [task.id], {VIEWER: ALL})
    with pytest.raises(Forbidden):
        permissions.replace(worker, project_id, [], {VIEWER: ALL})
    # A list with one task that may not be managed changes none of them.
    with pytest.raises(Forbidden):
        permissions.replace(worker, project_id, [mine.id, task.id], {VIEWER: ALL})
    looker = colleague(database, alice, "looker", LOOKER)
    assert on_task(database, looker, mine) == LOOKING


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    project_rows=st.dictionaries(st.sampled_from(list(ROLE_NAMES)), ACTIONS, max_size=4),
    own_rows=st.none() | st.dictionaries(st.sampled_from(list(ROLE_NAMES)), ACTIONS, max_size=4),
    role=st.none() | st.sampled_from(list(ROLE_NAMES)),
    rights=st.frozensets(st.sampled_from([right for right in Right if right != Right.ADMINISTER])),
)
def test_page_single_task_and_list_condition_agree_for_every_matrix(
    database: Database,
    builds: BuildService,
    alice: Principal,
    permissions: PermissionService,
    members: MemberService,
    project_rows: dict[int, frozenset[Action]],
    own_rows: dict[int, frozenset[Action]] | None,
    role: int | None,
    rights: frozenset[Right],
) -> None:
    name = f"p{next(NUMBERS)}"
    project_id = seed_project(database, alice, name)
    task = builds.create(alice, project_id, "task", definition())
    user = colleague(database, alice, name, rights)
    if project_rows:
        permissions.replace(alice, project_id, [], project_rows)
    if own_rows is not None:
        permissions.follow_project(alice, project_id, [task.id], follows=False)
        if own_rows:
            permissions.replace(alice, project_id, [task.id], own_rows)
    if role is not None:
        members.add(alice, project_id, [(user.user_id, role)])
    single = on_task(database, user, task)
    with database.read() as session:
        stored = session.get_one(BuildTask, task.id)
        assert access.on_tasks(session, user, [stored])[task.id] == single
        query = select(BuildTask.id).where(BuildTask.id == task.id, access.visible_tasks(session, user))
        assert (session.scalar(query) is not None) is (Action.VIEW in single)
    if role is None:
        assert not single or rights
    elif own_rows is None and role not in project_rows:
        assert single == DEFAULTS[role]


def test_a_task_is_looked_at_in_its_own_project_only(
    database: Database,
    builds: BuildService,
    alice: Principal,
    project_id: str,
    permissions: PermissionService,
) -> None:
    task = builds.create(alice, project_id, "task", definition())
    elsewhere = seed_project(database, alice, "elsewhere")
    assert permissions.of_task(alice, project_id, task.id).actions == ALL
    for look in (
        lambda: permissions.of_task(alice, elsewhere, task.id),
        lambda: permissions.project_matrix(alice, elsewhere, task.id),
        lambda: permissions.replace(alice, elsewhere, [task.id], {VIEWER: ALL}),
        lambda: permissions.follow_project(alice, elsewhere, [task.id], follows=False),
    ):
        with pytest.raises(Invalid, match="is not the project of"):
            look()
    with database.read() as session:
        assert not session.get_one(BuildTask, task.id).own_permissions
