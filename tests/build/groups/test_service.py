"""Groups in the data layer, on both databases."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from sqlalchemy import select

from bottega.audit.tables import AuditEvent
from bottega.build.definition import Definition
from bottega.build.groups import service as limits
from bottega.build.groups.service import GroupService
from bottega.build.groups.tree import Node
from bottega.build.listing import TaskFilter
from bottega.build.permissions.service import PermissionService
from bottega.build.service import BuildService
from bottega.build.tables import BuildTask
from bottega.errors import Conflict, Forbidden, Invalid, NotFound
from bottega.iam.principal import Principal
from bottega.projects.roles import DEVELOPER
from tests.build.permissions.people import LOOKER, colleague
from tests.support.databases import seed_project


@pytest.fixture
def groups(builds: BuildService) -> GroupService:
    return GroupService(builds.database, builds.zone)


def made(groups: GroupService, who: Principal, project_id: str, *names: str) -> str:
    """Id of the last of these groups, each of which is in the one before."""
    group_id = ""
    for name in names:
        group_id = groups.create(who, project_id, name, group_id).group.id
    return group_id


def drawn(nodes: list[Node]) -> str:
    """A tree in one line: ``a(b c(d)) e``."""
    return " ".join(
        node.group.name + (f"({drawn(node.children)})" if node.children else "") for node in nodes
    )


def new_task(
    builds: BuildService, who: Principal, project_id: str, name: str, group_id: str | None = None
) -> str:
    return builds.create(who, project_id, name, Definition(arch="x86-64", steps=[], group_id=group_id)).id


def names_in(builds: BuildService, who: Principal, project_id: str, path: str) -> set[str]:
    where = TaskFilter(tenant_id=who.tenant_id, project_id=project_id, group_path=path)
    views, total = builds.reader.tasks(who, where, offset=0, limit=100)
    assert total == len(views)
    return {view.task.name for view in views}


def test_a_tree_grows_is_rebuilt_and_shrinks(groups: GroupService, alice: Principal, project_id: str) -> None:
    outer = made(groups, alice, project_id, "a")
    inner = groups.create(alice, project_id, "b", outer)
    assert inner.path == f"{outer}.{inner.group.id}"
    made(groups, alice, project_id, "c", "d")
    assert drawn(groups.tree(alice, project_id)) == "a(b) c(d)"
    moved = groups.update(alice, project_id, inner.group.id, name="e", parent_id="")
    assert (moved.path, moved.group.ordinal, moved.group.updater_id) == (inner.group.id, 3, alice.user_id)
    assert drawn(groups.tree(alice, project_id)) == "a c(d) e"
    groups.swap(alice, project_id, outer, inner.group.id)
    assert drawn(groups.tree(alice, project_id)) == "e c(d) a"
    groups.update(alice, project_id, outer, name="f")
    groups.delete(alice, project_id, inner.group.id)
    assert drawn(groups.tree(alice, project_id)) == "c(d) f"
    made(groups, alice, project_id, "a")
    assert drawn(groups.tree(alice, project_id)) == "c(d) f a"


def test_a_group_is_never_inside_itself(groups: GroupService, alice: Principal, project_id: str) -> None:
    outer = made(groups, alice, project_id, "a")
    inner = groups.create(alice, project_id, "c", groups.create(alice, project_id, "b", outer).group.id)
    for parent_id in (outer, inner.group.id):
        with pytest.raises(Invalid, match="into itself"):
            groups.update(alice, project_id, outer, parent_id=parent_id)
    assert drawn(groups.tree(alice, project_id)) == "a(b(c))"


def test_names_are_unique_among_siblings_only(
    groups: GroupService, alice: Principal, project_id: str
) -> None:
    outer = made(groups, alice, project_id, "a")
    inner = made(groups, alice, project_id, "b")
    assert groups.create(alice, project_id, "a", outer)
    for name, parent_id in (("a", ""), ("a", outer)):
        with pytest.raises(Invalid, match="name: there already is a group named a"):
            groups.create(alice, project_id, name, parent_id)
        with pytest.raises(Invalid, match="name"):
            groups.update(alice, project_id, inner, name=name, parent_id=parent_id)
    groups.update(alice, project_id, outer, name="a", parent_id="")
    other_project = seed_project(groups._database, alice, "other")
    assert groups.create(alice, other_project, "a")


def test_names_that_cannot_be_shown_are_refused(
    groups: GroupService, alice: Principal, project_id: str
) -> None:
    for name in ("", "x" * 129, " a", "a ", "\0", "a\nb", "\u202ea", "\ud800"):
        with pytest.raises(Invalid) as refused:
            groups.create(alice, project_id, name)
        assert refused.value.field == "name"
    assert groups.tree(alice, project_id) == []
    assert groups.create(alice, project_id, "前端 / web (x)")


def test_depth_and_number_have_limits(
    groups: GroupService, alice: Principal, project_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deepest = made(groups, alice, project_id, *"abcdefghij")
    tall = made(groups, alice, project_id, "k")
    groups.create(alice, project_id, "l", tall)
    with pytest.raises(Invalid, match="parent_id: groups can be nested 10 levels deep, not 11"):
        groups.create(alice, project_id, "m", deepest)
    ninth = groups.tree(alice, project_id)[0]
    while ninth.children[0].children:
        ninth = ninth.children[0]
    with pytest.raises(Invalid, match="not 11"):
        groups.update(alice, project_id, tall, parent_id=ninth.group.id)
    monkeypatch.setattr(limits, "MAX_GROUPS", 12)
    with pytest.raises(Invalid, match="12 groups, the most allowed"):
        groups.create(alice, project_id, "m")


def test_parents_have_to_be_of_the_same_project(
    groups: GroupService, alice: Principal, project_id: str
) -> None:
    other_project = seed_project(groups._database, alice, "other")
    elsewhere = made(groups, alice, other_project, "a")
    here = made(groups, alice, project_id, "a")
    for parent_id, reason in ((elsewhere, "has no group"), ("0" * 32, "has no group"), ("A", "32 lower")):
        with pytest.raises(Invalid, match=f"parent_id: .*{reason}"):
            groups.create(alice, project_id, "b", parent_id)
        with pytest.raises(Invalid, match="parent_id"):
            groups.update(alice, project_id, here, parent_id=parent_id)
    with pytest.raises(NotFound):
        groups.update(alice, project_id, elsewhere, name="b")
    with pytest.raises(NotFound):
        groups.delete(alice, project_id, elsewhere)


def test_only_siblings_are_swapped(groups: GroupService, alice: Principal, project_id: str) -> None:
    outer = made(groups, alice, project_id, "a")
    inner = groups.create(alice, project_id, "b", outer).group.id
    with pytest.raises(Invalid, match="target_group_id: b and a are not in the same group"):
        groups.swap(alice, project_id, outer, inner)
    with pytest.raises(NotFound):
        groups.swap(alice, project_id, outer, "0" * 32)


def test_a_deleted_group_leaves_its_tasks_in_none(
    groups: GroupService, builds: BuildService, alice: Principal, project_id: str
) -> None:
    outer = made(groups, alice, project_id, "a")
    inner = groups.create(alice, project_id, "b", outer).group.id
    kept = new_task(builds, alice, project_id, "kept", inner)
    binned = new_task(builds, alice, project_id, "binned", inner)
    builds.delete(alice, binned)
    with pytest.raises(Conflict, match="groups in the group a"):
        groups.delete(alice, project_id, outer)
    groups.delete(alice, project_id, inner)
    with builds.database.read() as session:
        assert session.scalars(select(BuildTask.group_id)).all() == ["", ""]
    assert builds.reader.task(alice, kept).name == "kept"
    assert drawn(groups.tree(alice, project_id)) == "a"


def test_tasks_name_groups_of_their_own_project(
    groups: GroupService, builds: BuildService, alice: Principal, project_id: str
) -> None:
    other_project = seed_project(builds.database, alice, "other")
    elsewhere = made(groups, alice, other_project, "a")
    task_id = new_task(builds, alice, project_id, "task")
    for group_id in (elsewhere, "0" * 32):
        wanted = Definition(arch="x86-64", steps=[], group_id=group_id)
        with pytest.raises(Invalid, match="group_id: the project has no group"):
            builds.create(alice, project_id, "other", wanted)
        with pytest.raises(Invalid, match="group_id: the project has no group"):
            builds.update(alice, task_id, project_id, "task", wanted)
        with pytest.raises(Invalid, match="group_id: the project has no group"):
            builds.copy(alice, task_id, project_id, "copy", wanted)
    assert builds.reader.task(alice, task_id).revision == 1


def test_tasks_are_moved_all_or_none(
    groups: GroupService, builds: BuildService, alice: Principal, project_id: str
) -> None:
    inner = made(groups, alice, project_id, "a", "b")
    path = groups.tree(alice, project_id)[0].children[0].path
    one, two = (new_task(builds, alice, project_id, name) for name in ("one", "two"))
    other_project = seed_project(builds.database, alice, "other")
    foreign = new_task(builds, alice, other_project, "foreign")
    for missing in (foreign, "0" * 32):
        with pytest.raises(NotFound):
            groups.move_tasks(alice, project_id, inner, [one, missing])
    with pytest.raises(NotFound):
        groups.move_tasks(alice, project_id, "0" * 32, [one])
    for count in (0, 101):
        with pytest.raises(Invalid, match="jobs"):
            groups.move_tasks(alice, project_id, inner, [one] * count)
    assert names_in(builds, alice, project_id, inner) == set()
    assert groups.move_tasks(alice, project_id, inner, [two, one]) == {two: path, one: path}
    assert names_in(builds, alice, project_id, inner) == {"one", "two"}
    assert groups.move_tasks(alice, project_id, "", [two]) == {two: ""}
    assert names_in(builds, alice, project_id, inner) == {"one"}
    assert builds.reader.task(alice, one).revision == 1


def test_a_list_by_group_shows_the_whole_subtree(
    groups: GroupService, builds: BuildService, alice: Principal, project_id: str
) -> None:
    outer = made(groups, alice, project_id, "a")
    inner = groups.create(alice, project_id, "b", outer)
    beside = made(groups, alice, project_id, "c")
    for name, group_id in (("top", None), ("out", outer), ("in", inner.group.id), ("side", beside)):
        new_task(builds, alice, project_id, name, group_id)
    assert names_in(builds, alice, project_id, outer) == {"out", "in"}
    assert names_in(builds, alice, project_id, inner.path) == {"in"}
    assert names_in(builds, alice, project_id, beside) == {"side"}
    assert names_in(builds, alice, project_id, "0" * 32) == set()
    assert names_in(builds, alice, project_id, f"{beside}.nothing") == set()
    groups.update(alice, project_id, inner.group.id, parent_id=beside)
    assert names_in(builds, alice, project_id, outer) == {"out"}
    assert names_in(builds, alice, project_id, beside) == {"side", "in"}


def test_another_tenant_finds_no_group(
    groups: GroupService, builds: BuildService, alice: Principal, bob: Principal, project_id: str
) -> None:
    group_id = made(groups, alice, project_id, "a")
    bobs = seed_project(builds.database, bob)
    with pytest.raises(NotFound):
        groups.tree(bob, project_id)
    with pytest.raises(NotFound):
        groups.create(bob, project_id, "b")
    for project in (project_id, bobs):
        with pytest.raises(NotFound):
            groups.update(bob, project, group_id, name="b")
        with pytest.raises(NotFound):
            groups.delete(bob, project, group_id)
        with pytest.raises(NotFound):
            groups.swap(bob, project, group_id, group_id)
    with pytest.raises(Invalid, match="has no group"):
        groups.create(bob, bobs, "b", group_id)
    with pytest.raises(Invalid, match="has no group"):
        new_task(builds, bob, bobs, "task", group_id)
    assert names_in(builds, bob, bobs, group_id) == set()


def test_viewers_look_at_groups_and_change_none(
    groups: GroupService, builds: BuildService, alice: Principal, project_id: str
) -> None:
    group_id = made(groups, alice, project_id, "a")
    other_id = made(groups, alice, project_id, "b")
    task_id = new_task(builds, alice, project_id, "task")
    viewer = colleague(builds.database, alice, "viewer", LOOKER)
    assert drawn(groups.tree(viewer, project_id)) == "a b"
    for refused in (
        lambda: groups.create(viewer, project_id, "c"),
        lambda: groups.update(viewer, project_id, group_id, name="c"),
        lambda: groups.swap(viewer, project_id, group_id, other_id),
        lambda: groups.delete(viewer, project_id, group_id),
        lambda: groups.move_tasks(viewer, project_id, group_id, [task_id]),
    ):
        with pytest.raises(Forbidden):
            refused()
    assert drawn(groups.tree(alice, project_id)) == "a b"
    nobody = msgspec.structs.replace(viewer, rights=frozenset())
    with pytest.raises(Forbidden):
        groups.tree(nobody, project_id)


def test_who_cannot_view_a_task_cannot_move_it(
    groups: GroupService, builds: BuildService, alice: Principal, project_id: str
) -> None:
    group_id = made(groups, alice, project_id, "a")
    task_id = new_task(builds, alice, project_id, "task")
    worker = colleague(builds.database, alice, "worker")
    assert groups.move_tasks(worker, project_id, group_id, [task_id]) == {task_id: group_id}
    permissions = PermissionService(builds.database, builds.zone)
    permissions.follow_project(alice, project_id, [task_id], follows=False)
    permissions.replace(alice, project_id, [task_id], {DEVELOPER: frozenset()})
    with pytest.raises(Forbidden):
        groups.move_tasks(worker, project_id, "", [task_id])


def test_every_change_is_in_the_audit_trail(
    groups: GroupService, builds: BuildService, alice: Principal, project_id: str
) -> None:
    group_id = made(groups, alice, project_id, "a")
    other_id = made(groups, alice, project_id, "b")
    task_id = new_task(builds, alice, project_id, "task")
    groups.update(alice, project_id, group_id, name="c")
    groups.swap(alice, project_id, group_id, other_id)
    groups.move_tasks(alice, project_id, group_id, [task_id])
    groups.delete(alice, project_id, group_id)
    with builds.database.read() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.project_id == project_id)).all()
    told = sorted((event.name, event.resource_name, event.detail) for event in events)
    assert told == [
        ("createGroup", "a", ""),
        ("createGroup", "b", ""),
        ("createJob", "task", ""),
        ("deleteGroup", "c", ""),
        ("moveJob", "task", f"into the group {group_id}"),
        ("updateGroup", "b", "swapped with c"),
        ("updateGroup", "c", "renamed from a"),
        ("updateGroup", "c", "swapped with b"),
    ]


def test_groups_made_at_once_get_names_and_places_of_their_own(
    groups: GroupService, alice: Principal, project_id: str
) -> None:
    def create(name: str) -> bool:
        try:
            groups.create(alice, project_id, name)
        except Invalid:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(create, ["a", "b", "c", "d"] * 4))
    assert sum(done) == 4
    nodes = groups.tree(alice, project_id)
    assert sorted(node.group.name for node in nodes) == ["a", "b", "c", "d"]
    assert [node.group.ordinal for node in nodes] == [1, 2, 3, 4]


def test_moves_against_each_other_never_close_a_circle(
    groups: GroupService, alice: Principal, project_id: str
) -> None:
    ids = [made(groups, alice, project_id, name) for name in "abc"]

    def move(pair: tuple[str, str]) -> None:
        with contextlib.suppress(Invalid):
            groups.update(alice, project_id, pair[0], parent_id=pair[1])

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(move, [(one, two) for one in ids for two in ids if one != two]))
    assert sum(drawn(groups.tree(alice, project_id)).count(name) for name in "abc") == 3


def test_a_task_saved_while_its_group_goes_is_in_no_deleted_group(
    groups: GroupService, builds: BuildService, alice: Principal, project_id: str
) -> None:
    ids = [made(groups, alice, project_id, f"group-{number}") for number in range(4)]
    tasks = [new_task(builds, alice, project_id, f"task-{number}", ids[number]) for number in range(4)]

    def save(number: int) -> None:
        group_id = ids[number % 4]
        try:
            if number < 4:
                new_task(builds, alice, project_id, f"new-{number}", group_id)
            elif number < 8:
                wanted = Definition(arch="x86-64", steps=[], group_id=group_id)
                builds.update(alice, tasks[number % 4], project_id, f"task-{number % 4}", wanted)
            elif number < 12:
                groups.move_tasks(alice, project_id, group_id, tasks)
            else:
                groups.delete(alice, project_id, group_id)
        except (Invalid, NotFound):
            pass

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(save, [number for step in range(4) for number in range(step, 16, 4)]))
    assert groups.tree(alice, project_id) == []
    with builds.database.read() as session:
        assert set(session.scalars(select(BuildTask.group_id))) == {""}
