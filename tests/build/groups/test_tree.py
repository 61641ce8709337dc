"""Whatever is done to a project's groups, they stay the tree that plain lists of children say they are."""

from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from bottega.build.groups import service
from bottega.build.groups.service import GroupService
from bottega.build.groups.tree import Node
from bottega.errors import Conflict, Invalid
from bottega.iam.principal import Principal
from bottega.store.database import Database
from tests.support.databases import seed_project, seed_tenant

DEPTH = 4
TOP = ""

picks = st.integers(0, 30)
names = st.sampled_from("abc")
project_numbers = count()


class Growing(RuleBasedStateMachine):
    """``children`` has the names' ids in their order, by parent; ``names`` the name of each id."""

    def __init__(self, groups: GroupService, alice: Principal) -> None:
        super().__init__()
        self.groups, self.alice = groups, alice
        self.project_id = seed_project(groups._database, alice, f"project {next(project_numbers)}")
        self.children: dict[str, list[str]] = {TOP: []}
        self.names: dict[str, str] = {}

    def pick(self, number: int, *, top: bool = False) -> str:
        known = [*([TOP] if top else []), *self.names]
        return known[number % len(known)] if known else TOP

    def parent(self, group_id: str) -> str:
        return next(parent for parent, inside in self.children.items() if group_id in inside)

    def above(self, group_id: str) -> list[str]:
        return [*self.above(self.parent(group_id)), group_id] if group_id else []

    def height(self, group_id: str) -> int:
        return 1 + max((self.height(child) for child in self.children[group_id]), default=0)

    def fits(self, parent_id: str, name: str, height: int, own_id: str = "") -> bool:
        above = self.above(parent_id)
        taken = {self.names[one] for one in self.children[parent_id] if one != own_id}
        inside_itself = bool(own_id) and own_id in above
        return name not in taken and len(above) + height <= DEPTH and not inside_itself

    @rule(name=names, number=picks)
    def create(self, name: str, number: int) -> None:
        parent_id = self.pick(number, top=True)
        if not self.fits(parent_id, name, 1):
            with pytest.raises(Invalid):
                self.groups.create(self.alice, self.project_id, name, parent_id)
            return
        node = self.groups.create(self.alice, self.project_id, name, parent_id)
        assert node.path.split(".") == [*self.above(parent_id), node.group.id]
        self.names[node.group.id] = name
        self.children[parent_id].append(node.group.id)
        self.children[node.group.id] = []

    @rule(number=picks, place=picks, name=names)
    def update(self, number: int, place: int, name: str) -> None:
        group_id, parent_id = self.pick(number), self.pick(place, top=True)
        if not group_id:
            return
        arguments: dict[str, Any] = {"name": name, "parent_id": parent_id}
        if not self.fits(parent_id, name, self.height(group_id), group_id):
            with pytest.raises(Invalid):
                self.groups.update(self.alice, self.project_id, group_id, **arguments)
            return
        self.groups.update(self.alice, self.project_id, group_id, **arguments)
        before = self.parent(group_id)
        if before != parent_id:
            self.children[before].remove(group_id)
            self.children[parent_id].append(group_id)
        self.names[group_id] = name

    @rule(one=picks, two=picks)
    def swap(self, one: int, two: int) -> None:
        source, target = self.pick(one), self.pick(two)
        if not source:
            return
        if self.parent(source) != self.parent(target):
            with pytest.raises(Invalid):
                self.groups.swap(self.alice, self.project_id, source, target)
            return
        self.groups.swap(self.alice, self.project_id, source, target)
        inside = self.children[self.parent(source)]
        first, second = inside.index(source), inside.index(target)
        inside[first], inside[second] = target, source

    @rule(number=picks)
    def delete(self, number: int) -> None:
        group_id = self.pick(number)
        if not group_id:
            return
        if self.children[group_id]:
            with pytest.raises(Conflict):
                self.groups.delete(self.alice, self.project_id, group_id)
            return
        self.groups.delete(self.alice, self.project_id, group_id)
        self.children[self.parent(group_id)].remove(group_id)
        del self.children[group_id], self.names[group_id]

    @invariant()
    def the_tree_is_as_expected(self) -> None:
        self.same(self.groups.tree(self.alice, self.project_id), TOP)

    def same(self, nodes: list[Node], parent_id: str) -> None:
        assert [node.group.id for node in nodes] == self.children[parent_id]
        for node in nodes:
            assert node.group.name == self.names[node.group.id]
            assert node.path == ".".join(self.above(node.group.id))
            self.same(node.children, node.group.id)


def test_groups_are_always_a_tree(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_DEPTH", DEPTH)
    groups = GroupService(sqlite_database, ZoneInfo("UTC"))
    alice = seed_tenant(sqlite_database, "first")

    class Rules(Growing):
        def __init__(self) -> None:
            super().__init__(groups, alice)

    run_state_machine_as_test(
        Rules,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
