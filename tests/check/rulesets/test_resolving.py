"""What a task's rule sets mean for each engine."""

from collections.abc import Mapping, Sequence

import pytest
from msgspec.structs import replace

from bottega.check.catalogue.catalogues import Catalogues
from bottega.check.errors import UnknownRuleSet
from bottega.check.languages import ANY
from bottega.check.rulesets.changes import RuleChange
from bottega.check.rulesets.resolving import choices
from bottega.check.rulesets.service import NewRuleSet, RuleSetService
from bottega.check.rulesets.system import COMPREHENSIVE, CRITICAL, GENERAL, system_set
from bottega.check.rulesets.used import used_sets
from bottega.check.scanning.choosing import choose
from bottega.check.scanning.plan import RuleChoice
from bottega.check.tasks.reading import settings_of
from bottega.check.tasks.settings import EngineSettings, RuleSetChoice
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.store.database import Database
from tests.check.engines_for_tests import Small, facts
from tests.check.rulesets.tasks import add_task
from tests.support.databases import seed_project, seed_tenant

Chosen = dict[tuple[str, str], dict[str, RuleChoice]]


class Resolver:
    def __init__(self, database: Database, catalogues: Catalogues, who: Principal, project_id: str) -> None:
        self.database, self.catalogues, self.who, self.project_id = database, catalogues, who, project_id

    def __call__(self, *rule_sets: RuleSetChoice, engines: Sequence[EngineSettings] = ()) -> Chosen:
        task = add_task(self.database, self.who, self.project_id, *rule_sets)
        with self.database.read() as session:
            settings = replace(settings_of(session, task), engines=list(engines))
            found = choices(session, self.catalogues.reload(), task, settings)
        return {(one.engine, one.language): one.rules for one in found}


@pytest.fixture
def resolve(database: Database, catalogues: Catalogues, alice: Principal, project_id: str) -> Resolver:
    return Resolver(database, catalogues, alice, project_id)


def use(language: str, rule_set_id: str = "", *, on: bool = True) -> RuleSetChoice:
    return RuleSetChoice(language=language, rule_set_id=rule_set_id, on=on)


def test_a_language_alone_is_checked_with_the_general_set_of_the_system(resolve: Resolver) -> None:
    found = resolve(use("python"), use("JAVA", on=False))
    assert {key: sorted(rules) for key, rules in found.items()} == {
        ("any", ANY): ["any:key"],
        ("py", "PYTHON"): ["py:grave", "py:limit", "py:usual"],
    }
    assert found["py", "PYTHON"]["py:limit"] == RuleChoice(severity=2, options={"threshold": "10"})


def test_the_default_of_the_project_goes_before_that_of_the_system(
    resolve: Resolver, rule_sets: RuleSetService, alice: Principal
) -> None:
    critical = system_set("PYTHON", CRITICAL).id
    rule_sets.set_default(alice, resolve.project_id, critical, "py")
    assert resolve(use("PYTHON")) == {("py", "PYTHON"): {"py:grave": RuleChoice(severity=2)}}


def test_a_custom_set_follows_its_base_but_for_its_changes(
    resolve: Resolver, rule_sets: RuleSetService, alice: Principal
) -> None:
    changes = {
        "py:rare": RuleChange(on=True),
        "py:usual": RuleChange(on=False),
        "py:grave": RuleChange(severity=0),
        "py:limit": RuleChange(options={"threshold": "5"}),
    }
    base = NewRuleSet(name="base", language="PYTHON", base_id=system_set("PYTHON").id, changes=changes)
    base_id = rule_sets.create(alice, resolve.project_id, base)
    own = NewRuleSet(name="own", language="py", base_id=base_id, changes={"py:grave": RuleChange(on=False)})
    own_id = rule_sets.create(alice, resolve.project_id, own)
    assert resolve(use("PYTHON", base_id))["py", "PYTHON"] == {
        "py:grave": RuleChoice(severity=0),
        "py:limit": RuleChoice(severity=2, options={"threshold": "5"}),
        "py:rare": RuleChoice(severity=2),
    }
    rule_sets.change(alice, base_id, {"py:style": RuleChange(on=True)})
    assert sorted(resolve(use("PYTHON", own_id))["py", "PYTHON"]) == ["py:limit", "py:rare", "py:style"]


def test_a_check_notes_its_sets_and_calls_custom_ones_of_its_tenant_by_name(
    resolve: Resolver, rule_sets: RuleSetService, alice: Principal, database: Database
) -> None:
    own = NewRuleSet(name="own", language="JAVA", base_id=system_set("JAVA").id)
    own_id = rule_sets.create(alice, resolve.project_id, own)
    critical = system_set("PYTHON", CRITICAL).id
    rule_sets.set_default(alice, resolve.project_id, critical, "py")
    stranger = seed_tenant(database, "stranger")
    other = NewRuleSet(name="theirs", language="GO", base_id=system_set("GO").id)
    theirs = rule_sets.create(stranger, seed_project(database, stranger), other)
    named = [use("py"), use("JAVA", own_id), use("GO", theirs), use("C++", on=False), use("klingon")]
    task = add_task(database, alice, resolve.project_id, *named)
    with database.read() as session:
        found = used_sets(session, task, settings_of(session, task))
    assert [(one.language, one.id, one.name) for one in found] == [
        ("PYTHON", critical, ""),
        ("JAVA", own_id, "own"),
        ("GO", theirs, ""),
    ]


def test_rules_for_any_text_are_chosen_once_and_as_gravely_as_any_set_says(
    resolve: Resolver, rule_sets: RuleSetService, alice: Principal
) -> None:
    grave = NewRuleSet(name="grave", language="JAVA", changes={"any:key": RuleChange(on=True, severity=0)})
    set_id = rule_sets.create(alice, resolve.project_id, grave)
    found = resolve(use("PYTHON", system_set("PYTHON", COMPREHENSIVE).id), use("JAVA", set_id))
    assert found["any", ANY] == {"any:key": RuleChoice(severity=0), "any:word": RuleChoice(severity=2)}
    assert ("java", "JAVA") not in found


def test_a_missing_engine_is_chosen_with_what_is_known_of_its_rules(
    resolve: Resolver,
    rule_sets: RuleSetService,
    catalogues: Catalogues,
    alice: Principal,
    engines: dict[str, Small],
) -> None:
    own = NewRuleSet(name="own", language="JAVA", changes={"java:K": RuleChange(on=True)})
    own_id = rule_sets.create(alice, resolve.project_id, own)
    engines["java"].program.unlink()
    assert resolve(use("JAVA"))["java", "JAVA"] == {}
    assert resolve(use("JAVA", own_id))["java", "JAVA"] == {"java:K": RuleChoice(severity=2)}
    (shown,) = [one for one in rule_sets.lists.rules(alice, own_id) if one.engine == "java"]
    assert (shown.id, shown.on, shown.available, shown.name) == ("java:K", True, False, "name of K")


def off(engine: str, language: str) -> EngineSettings:
    return EngineSettings(engine=engine, rule_set_id=system_set(language).id, language=language, on=False)


def test_an_engine_that_the_task_switched_off_for_a_rule_set_is_not_chosen_for_it(
    resolve: Resolver, engines: dict[str, Small]
) -> None:
    both = use("PYTHON"), use("JAVA")
    assert resolve(*both, engines=[off("py", "PYTHON"), off("any", "JAVA")]).keys() == {
        ("any", ANY),
        ("java", "JAVA"),
    }
    assert ("any", ANY) not in resolve(*both, engines=[off("any", "PYTHON"), off("any", "JAVA")])
    other = use("PYTHON", system_set("PYTHON", CRITICAL).id)
    assert ("py", "PYTHON") in resolve(other, engines=[off("py", "PYTHON")])
    engines["java"].program.unlink()
    assert ("java", "JAVA") not in resolve(*both, engines=[off("java", "JAVA")])


def test_a_rule_its_engine_no_longer_has_is_shown_and_not_looked_for(
    resolve: Resolver, rule_sets: RuleSetService, alice: Principal, engines: dict[str, Small]
) -> None:
    on = {"py:rare": RuleChange(on=True), "py:grave": RuleChange(on=True)}
    own_id = rule_sets.create(
        alice, resolve.project_id, NewRuleSet(name="own", language="PYTHON", changes=on)
    )
    engines["py"].told = [facts("serious", earlier=("grave",))]
    engines["py"].program.write_text("2.0 without rare")
    assert resolve(use("PYTHON", own_id)) == {("py", "PYTHON"): {"py:serious": RuleChoice(severity=2)}}
    shown = {one.id: (one.on, one.available) for one in rule_sets.lists.rules(alice, own_id)}
    assert shown["py:rare"] == (True, False)
    assert shown["py:serious"] == (True, True)
    rule_sets.change(alice, own_id, {"py:rare": RuleChange(on=False)})


def test_a_set_that_is_not_there_is_refused(resolve: Resolver) -> None:
    with pytest.raises(UnknownRuleSet):
        resolve(use("PYTHON", new_hex()))


@pytest.mark.parametrize("level", [CRITICAL, GENERAL, COMPREHENSIVE])
def test_a_folder_without_a_server_is_checked_by_the_rules_of_the_systems_sets(
    resolve: Resolver, engines: dict[str, Small], level: int
) -> None:
    languages = ("JAVA", "PYTHON")
    on_server = resolve(
        *(RuleSetChoice(language=name, rule_set_id=system_set(name, level).id) for name in languages)
    )
    local = choose({name: engine.told for name, engine in engines.items()}, languages, level)
    assert {(one.engine, one.language): _meant(one.rules) for one in local} == {
        key: _meant(rules) for key, rules in on_server.items()
    }
    assert on_server


def _meant(rules: Mapping[str, RuleChoice]) -> dict[str, tuple[int, dict[str, str]]]:
    return {id_: (choice.severity, choice.options) for id_, choice in rules.items()}
