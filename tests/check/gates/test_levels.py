"""Which gate holds, and who may change the ones above tasks."""

import pytest

from bottega.check.gates import levels
from bottega.check.gates.service import GateService
from bottega.check.tasks.settings import Gate, GateItem, TaskSettings
from bottega.check.tasks.tables import CheckTask
from bottega.errors import Forbidden, NotFound
from bottega.iam.principal import Principal, Right
from bottega.projects.members import MemberService
from bottega.projects.roles import DEVELOPER, PRODUCT_MANAGER
from bottega.store.database import Database
from tests.build.permissions.people import WORKER, colleague
from tests.check.making import new_task
from tests.support.databases import seed_project


def gate(value: int) -> Gate:
    return Gate(items=[GateItem(severity=0, value=value, on=True)])


TENANTS, PROJECTS, OWN = gate(1), gate(2), gate(3)


@pytest.fixture
def gates(database: Database) -> GateService:
    return GateService(database)


def holding(database: Database, task_id: str) -> tuple[Gate, str]:
    with database.read() as session:
        task = session.get_one(CheckTask, task_id)
        found = levels.holding(session, task)
        assert levels.effective(session, task) == found.gate
    return found.gate, found.level


def test_the_gate_furthest_up_holds_and_those_below_again_when_it_goes(
    gates: GateService, database: Database, alice: Principal, project_id: str
) -> None:
    task_id = new_task(database, alice, project_id, settings=TaskSettings(gate=OWN))
    elsewhere = new_task(database, alice, seed_project(database, alice, "elsewhere"))
    assert holding(database, task_id) == (OWN, "task")
    assert holding(database, elsewhere) == (Gate(), "")
    gates.save(alice, PROJECTS, project_id)
    assert holding(database, task_id) == (PROJECTS, "project")
    assert holding(database, elsewhere) == (Gate(), "")
    gates.save(alice, TENANTS)
    assert holding(database, task_id) == holding(database, elsewhere) == (TENANTS, "tenant")
    assert gates.show(alice, project_id) == PROJECTS
    gates.remove(alice)
    assert holding(database, task_id) == (PROJECTS, "project")
    gates.remove(alice, project_id)
    assert holding(database, task_id) == (OWN, "task")


def test_the_gates_of_another_tenant_say_nothing_here(
    gates: GateService, database: Database, alice: Principal, bob: Principal, project_id: str
) -> None:
    task_id = new_task(database, alice, project_id)
    gates.save(bob, TENANTS)
    assert holding(database, task_id) == (Gate(), "")
    for act in (gates.save, lambda who, _gate, where: gates.remove(who, where)):
        with pytest.raises(NotFound):
            act(bob, PROJECTS, project_id)
    assert gates.show(alice) is None


def test_the_tenants_gate_is_for_its_administrators_to_change(
    gates: GateService, database: Database, alice: Principal
) -> None:
    worker = colleague(database, alice, "worker", WORKER)
    gates.save(alice, TENANTS)
    with pytest.raises(Forbidden):
        gates.save(worker, OWN)
    with pytest.raises(Forbidden):
        gates.remove(worker)
    assert gates.show(worker) == TENANTS


def test_a_projects_gate_is_for_who_may_set_its_default_rule_sets(
    gates: GateService, database: Database, alice: Principal, project_id: str
) -> None:
    developer, manager = (colleague(database, alice, name, frozenset()) for name in ("one", "two"))
    roles = [(developer.user_id, DEVELOPER), (manager.user_id, PRODUCT_MANAGER)]
    MemberService(database).add(alice, project_id, roles)
    gates.save(manager, PROJECTS, project_id)
    with pytest.raises(Forbidden):
        gates.save(developer, OWN, project_id)
    with pytest.raises(Forbidden):
        gates.remove(developer, project_id)
    assert gates.show(developer, project_id) == PROJECTS
    runner = colleague(database, alice, "runner", WORKER - {Right.MODIFY})
    with pytest.raises(Forbidden):
        gates.save(runner, OWN, project_id)
