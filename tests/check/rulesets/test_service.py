"""Making, changing and deleting rule sets."""

from typing import Any

import pytest
from sqlalchemy import func, select

from bottega.audit.tables import AuditEvent
from bottega.check.catalogue.catalogues import Catalogues
from bottega.check.errors import UnknownRuleSet
from bottega.check.rulesets import service
from bottega.check.rulesets.changes import RuleChange
from bottega.check.rulesets.listing import SetFilter
from bottega.check.rulesets.reading import MAX_DEPTH, hold
from bottega.check.rulesets.service import NewRuleSet, RuleSetService
from bottega.check.rulesets.system import system_set
from bottega.check.rulesets.tables import DefaultRuleSet, RuleSet
from bottega.check.tasks.settings import RuleSetChoice
from bottega.errors import Conflict, Invalid
from bottega.iam.principal import Principal
from bottega.projects.service import ProjectService
from bottega.store.database import Database
from tests.check.rulesets.tasks import add_task

ON = {"py:rare": RuleChange(on=True)}


def new(name: str = "own", **more: Any) -> NewRuleSet:
    given: dict[str, Any] = {"name": name, "language": "PYTHON", "changes": ON, **more}
    return NewRuleSet(**given)


def test_a_set_that_is_used_is_not_deleted(
    rule_sets: RuleSetService, database: Database, alice: Principal, project_id: str
) -> None:
    set_id = rule_sets.create(alice, project_id, new())
    task = add_task(
        database, alice, project_id, RuleSetChoice(language="PYTHON", rule_set_id=set_id, on=False)
    )
    with pytest.raises(Conflict, match="is used by check tasks"):
        rule_sets.delete(alice, project_id, set_id)
    assert rule_sets.lists.some(alice, [set_id])[0].used
    with database.write() as session:
        session.merge(task).settings = {}
    rule_sets.set_default(alice, project_id, set_id, "PYTHON")
    with pytest.raises(Conflict, match="is the default for PYTHON"):
        rule_sets.delete(alice, project_id, set_id)
    rule_sets.set_default(alice, project_id, system_set("PYTHON").id, "PYTHON")
    above = rule_sets.create(alice, project_id, new("above", base_id=set_id))
    with pytest.raises(Conflict, match="is the base of above"):
        rule_sets.delete(alice, project_id, set_id)
    for id_ in (above, set_id):
        rule_sets.delete(alice, project_id, id_)
        with pytest.raises(UnknownRuleSet):
            rule_sets.lists.rules(alice, id_)
    with database.read() as session:
        names = session.scalars(select(AuditEvent.name).where(AuditEvent.resource_id == set_id))
        assert sorted(names) == ["createRuleSet", "deleteRuleSet", "setDefaultRuleSet"]


def test_a_default_is_used_by_tasks_that_name_only_the_language(
    rule_sets: RuleSetService, database: Database, alice: Principal, project_id: str
) -> None:
    set_id = rule_sets.create(alice, project_id, new())
    rule_sets.set_default(alice, project_id, set_id, "PYTHON")
    assert not rule_sets.lists.some(alice, [set_id])[0].used
    add_task(database, alice, project_id, RuleSetChoice(language="PYTHON"), RuleSetChoice(language="JAVA"))
    shown = rule_sets.lists.page(alice, project_id, SetFilter(), 0, 100).sets
    assert {one.id for one in shown if one.used} == {set_id, system_set("JAVA").id}


def test_a_tenant_has_not_too_many_sets(
    rule_sets: RuleSetService, alice: Principal, project_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_PER_TENANT", 1)
    rule_sets.create(alice, project_id, new())
    with pytest.raises(Conflict, match="the most allowed"):
        rule_sets.create(alice, project_id, new("second"))


def test_sets_are_not_based_on_each_other_without_end(
    rule_sets: RuleSetService, alice: Principal, project_id: str
) -> None:
    base = ""
    for number in range(MAX_DEPTH):
        base = rule_sets.create(alice, project_id, new(f"set{number}", base_id=base))
    with pytest.raises(Invalid, match=f"based on each other {MAX_DEPTH} times"):
        rule_sets.create(alice, project_id, new("deeper", base_id=base))


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"name": "no blanks"}, "template_name: must be"),
    ({"name": "own"}, "template_name: the project already has"),
    ({"language": "cobol"}, "language: 'cobol' is no language"),
    ({"changes": {}}, "rule_ids: a rule set needs at least one rule"),
    ({"changes": {"py:rare": RuleChange(on=False)}}, "rule_ids: a rule set needs at least one rule"),
    ({"changes": {"py:nothing": RuleChange(on=True)}}, "rule_ids: there is no rule 'py:nothing'"),
    ({"changes": {"java:J": RuleChange(on=True)}}, "rule_ids: there is no rule 'java:J' for PYTHON"),
    ({"base_id": system_set("JAVA").id}, "template_id: rule set .* is for JAVA"),
    ({"changes": {"py:rare": RuleChange(on=True, options={"x": "1"})}}, "has no option 'x'"),
    ({"changes": {"py:limit": RuleChange(on=True, options={"threshold": "many"})}}, "must be a whole number"),
    (
        {"changes": {"py:limit": RuleChange(on=True, options={"threshold_modify": "10"})}},
        "threshold_modify must be greater than threshold, which is 10",
    ),
]


def test_what_cannot_be_a_rule_set_is_refused(
    rule_sets: RuleSetService, alice: Principal, project_id: str
) -> None:
    rule_sets.create(alice, project_id, new())
    for given, message in REFUSED:
        with pytest.raises(Invalid, match=message):
            rule_sets.create(alice, project_id, new(**{"name": "new", **given}))
    assert rule_sets.lists.page(alice, project_id, SetFilter(categories="1"), 0, 10).total == 1


def test_a_project_that_is_deleted_takes_its_sets_along(
    rule_sets: RuleSetService, database: Database, alice: Principal, project_id: str
) -> None:
    set_id = rule_sets.create(alice, project_id, new())
    rule_sets.set_default(alice, project_id, set_id, "PYTHON")
    projects = ProjectService(database)
    projects.on_delete.append(rule_sets.forget_project)
    projects.delete(alice, project_id)
    with database.read() as session:
        for table in (RuleSet, DefaultRuleSet):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_a_task_holds_only_sets_it_can_use(
    rule_sets: RuleSetService, database: Database, alice: Principal, project_id: str
) -> None:
    set_id = rule_sets.create(alice, project_id, new())
    with database.write() as session:
        for usable in (set_id, system_set("PYTHON").id):
            hold(session, alice.tenant_id, project_id, "PYTHON", usable)
        with pytest.raises(Invalid, match="is for PYTHON, not for JAVA"):
            hold(session, alice.tenant_id, project_id, "JAVA", set_id)


def test_nobody_waits_for_the_catalogue_inside_a_transaction(
    rule_sets: RuleSetService, catalogues: Catalogues, database: Database, alice: Principal, project_id: str
) -> None:
    before = database.write_transactions
    with pytest.raises(UnknownRuleSet):
        rule_sets.change(alice, "0" * 32, ON)
    assert database.write_transactions == before + 1
    assert catalogues.current() is catalogues.current()
