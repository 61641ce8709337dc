"""CodeArts projects in the data layer."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from sqlalchemy.orm import Session

from bottega.errors import Conflict, Forbidden, Invalid, NotFound
from bottega.iam.principal import Principal, Right
from bottega.projects.members import MemberService
from bottega.projects.parts import role_of
from bottega.projects.roles import DEVELOPER, OPERATION_MANAGER, PROJECT_MANAGER, VIEWER
from bottega.projects.service import ProjectService, require_project
from bottega.store.database import Database
from tests.build.permissions.people import WORKER, colleague
from tests.support.databases import seed_project, seed_tenant


def test_a_project_is_found_in_its_tenant_only(database: Database) -> None:
    mine, other = seed_tenant(database, "mine"), seed_tenant(database, "other")
    project_id = seed_project(database, mine)
    with database.read() as session:
        assert require_project(session, mine.tenant_id, project_id).name == "workshop"
        with pytest.raises(NotFound, match=f"project {project_id} does not exist"):
            require_project(session, other.tenant_id, project_id)


def test_names_are_unique_per_tenant_and_free_again_after_deletion(database: Database) -> None:
    caller, other = seed_tenant(database, "mine"), seed_tenant(database, "other")
    service = ProjectService(database)
    project, creator = service.create(caller, "  app ")
    assert (project.name, project.number, creator.id) == ("app", 1, caller.user_id)
    with pytest.raises(Conflict, match="project_name: a project named app already exists"):
        service.create(caller, "app")
    service.create(other, "app")
    assert service.name_exists(caller, "app")
    service.delete(caller, project.id)
    assert not service.name_exists(caller, "app")
    assert service.create(caller, "app")[0].number == 2


@pytest.mark.parametrize("name", ["", "   ", "x" * 129, "a\nb", "a\0b"])
def test_a_bad_name_is_refused_and_creates_nothing(sqlite_database: Database, name: str) -> None:
    caller = seed_tenant(sqlite_database)
    service = ProjectService(sqlite_database)
    with pytest.raises(Invalid) as refusal:
        service.create(caller, name)
    assert refusal.value.field == "project_name"
    assert service.list(caller) == ([], 0)


def test_projects_created_at_the_same_time_get_different_numbers(database: Database) -> None:
    caller = seed_tenant(database)
    service = ProjectService(database)
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda i: service.create(caller, f"p{i}")[0].number, range(12)))
    assert sorted(numbers) == list(range(1, 13))


def test_lists_are_paged_searched_and_sorted(database: Database) -> None:
    caller = seed_tenant(database)
    service = ProjectService(database)
    for name, description in [("beta", "100% Ünique"), ("alpha", "x"), ("gamma", "BETA too")]:
        service.create(caller, name, description=description)

    def names(**options: object) -> list[str]:
        rows, total = service.list(caller, **options)  # pyright: ignore[reportArgumentType]
        assert total >= len(rows)
        return [project.name for project, _ in rows]

    assert names() == ["gamma", "alpha", "beta"]
    assert names(sort="name:asc") == ["alpha", "beta", "gamma"]
    assert names(sort="author_name:DESC,created_on:asc,memcount:desc", offset=1, limit=1) == ["alpha"]
    assert sorted(names(search="beta")) == ["beta", "gamma"]
    assert names(search="%") == ["beta"]
    assert names(search="_") == []
    assert names(project_type="xboard") == []
    assert names(archived=True) == names(query_type="absent") == []
    for bad in (
        {"offset": -1},
        {"limit": 0},
        {"limit": 1001},
        {"sort": "id:asc"},
        {"sort": "name:up"},
        {"sort": "name"},
    ):
        with pytest.raises(Invalid):
            names(**bad)


def test_an_update_changes_only_what_is_given(database: Database) -> None:
    caller = seed_tenant(database)
    service = ProjectService(database)
    project_id = service.create(caller, "app", description="old")[0].id
    service.create(caller, "taken")
    service.update(caller, project_id, description="new")
    service.update(caller, project_id, name="app")
    with pytest.raises(Conflict):
        service.update(caller, project_id, name="taken", description="lost")
    project, _ = service.get(caller, project_id)
    assert (project.name, project.description) == ("app", "new")


def test_deleting_runs_the_hooks_in_the_same_transaction(database: Database) -> None:
    caller = seed_tenant(database)
    service = ProjectService(database)
    project_id = service.create(caller, "app")[0].id
    seen: list[tuple[str, str]] = []

    def refuse(_session: Session, who: Principal, deleted: str) -> None:
        seen.append((who.user_name, deleted))
        raise RuntimeError("hook failed")

    service.on_delete.append(refuse)
    with pytest.raises(RuntimeError):
        service.delete(caller, project_id)
    assert seen == [(caller.user_name, project_id)]
    service.get(caller, project_id)
    service.on_delete.clear()
    service.delete(caller, project_id)
    with pytest.raises(NotFound):
        service.get(caller, project_id)
    with pytest.raises(NotFound):
        service.delete(caller, project_id)


def test_each_operation_needs_its_right(sqlite_database: Database) -> None:
    admin = seed_tenant(sqlite_database)
    service = ProjectService(sqlite_database)
    project_id = service.create(admin, "app")[0].id
    # Not the creator, and the creator of nothing: what was created gives a role of its own.
    someone = colleague(sqlite_database, admin, "someone", frozenset())
    once = colleague(sqlite_database, admin, "once", frozenset())

    def caller(*rights: Right) -> Principal:
        return msgspec.structs.replace(
            once if rights == (Right.CREATE,) else someone, rights=frozenset(rights)
        )

    everything_but = frozenset(Right) - {Right.ADMINISTER}
    for right, operation in [
        (Right.CREATE, lambda who: service.create(who, "new")),
        (Right.VIEW, lambda who: service.get(who, project_id)),
        (Right.VIEW, service.list),
        (Right.VIEW, lambda who: service.name_exists(who, "app")),
        (Right.MODIFY, lambda who: service.update(who, project_id, name="b")),
        (Right.DELETE, lambda who: service.delete(who, project_id)),
    ]:
        with pytest.raises(Forbidden, match=f"lacks the right to {right}"):
            operation(caller(*(everything_but - {right})))
        operation(caller(right))


def test_who_was_named_in_a_project_sees_it_and_no_other(database: Database) -> None:
    admin = seed_tenant(database)
    service, members = ProjectService(database), MemberService(database)
    shared, closed = (service.create(admin, name)[0].id for name in ("shared", "closed"))
    guest = colleague(database, admin, "guest", frozenset())
    with pytest.raises(Forbidden, match="guest lacks the right to view"):
        service.list(guest)
    members.add(admin, shared, [(guest.user_id, OPERATION_MANAGER)])
    ((found, creator),), total = service.list(guest)
    assert (found.id, creator.id, total) == (shared, admin.user_id, 1)
    assert service.list(guest, search="closed") == ([], 0)
    assert service.get(guest, shared)[0].name == "shared"
    with pytest.raises(Forbidden, match="guest lacks the right to view"):
        service.get(guest, closed)
    members.remove(admin, shared, [guest.user_id])
    with pytest.raises(Forbidden):
        service.get(guest, shared)
    service.create(msgspec.structs.replace(guest, rights=frozenset({Right.CREATE})), "own")
    assert [project.name for project, _ in service.list(guest)[0]] == ["own"]


def test_a_named_role_decides_who_administers_a_project(database: Database) -> None:
    admin = seed_tenant(database)
    service, members = ProjectService(database), MemberService(database)
    project_id = service.create(admin, "app")[0].id
    manager = colleague(database, admin, "manager", frozenset())
    developer = colleague(database, admin, "developer", WORKER)
    service.update(developer, project_id, description="by the rights of a group")
    members.add(admin, project_id, [(manager.user_id, PROJECT_MANAGER), (developer.user_id, DEVELOPER)])
    for refused in (
        lambda: service.update(developer, project_id, name="mine"),
        lambda: service.delete(developer, project_id),
    ):
        with pytest.raises(Forbidden, match="developer does not administer this project"):
            refused()
    service.update(manager, project_id, name="renamed")
    assert service.get(developer, project_id)[0].name == "renamed"
    service.delete(manager, project_id)
    with pytest.raises(NotFound):
        service.get(admin, project_id)


def test_only_who_manages_a_project_says_who_takes_part(database: Database) -> None:
    admin = seed_tenant(database)
    members, project_id = MemberService(database), seed_project(database, admin)
    worker, developer, manager = (
        colleague(database, admin, name, rights)
        for name, rights in (("worker", WORKER), ("developer", WORKER), ("manager", frozenset[Right]()))
    )
    members.add(admin, project_id, [(developer.user_id, DEVELOPER), (manager.user_id, PROJECT_MANAGER)])
    for user in (worker, developer):
        for refused in (
            lambda user=user: members.add(user, project_id, [(user.user_id, PROJECT_MANAGER)]),
            lambda user=user: members.remove(user, project_id, [manager.user_id]),
        ):
            with pytest.raises(Forbidden, match=f"{user.user_name} may not change the members"):
                refused()
        assert members.own_role(user, project_id) == DEVELOPER
    members.add(manager, project_id, [(worker.user_id, VIEWER)])
    assert members.own_role(worker, project_id) == VIEWER
    with pytest.raises(NotFound):
        members.add(seed_tenant(database, "other"), project_id, [(worker.user_id, PROJECT_MANAGER)])


def test_a_stranger_has_no_role_in_a_project_whatever_they_may_at_home(database: Database) -> None:
    project_id = seed_project(database, seed_tenant(database))
    stranger = colleague(database, seed_tenant(database, "other"), "stranger", WORKER)
    with database.read() as session:
        assert role_of(session, stranger, project_id) is None
