"""The catalogue has the rules of all engines, and asks them only when they have changed."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bottega.check import equivalence
from bottega.check.catalogue import keeping
from bottega.check.catalogue.catalogue import Catalogue
from bottega.check.catalogue.catalogues import Catalogues
from bottega.check.catalogue.collecting import Answer
from bottega.check.catalogue.keeping import Kept
from bottega.check.catalogue.listing import RuleFilter, rows
from bottega.check.catalogue.rules import number_of
from bottega.check.engines.base import COMPREHENSIVE, CRITICAL, OPTIONAL, EngineFailed, RuleFacts
from bottega.check.languages import ANY, LANGUAGES
from bottega.check.rulesets.effective import effective, switched_on
from bottega.check.rulesets.system import LEVELS, SYSTEM_SETS, system_set
from bottega.check.severities import Severity
from tests.check.engines_for_tests import Small, facts
from tests.support.catalogues import SHARED, shared_catalogue

UNLISTED = {"cppcheck:getsCalled"}
"""What an analyser finds without having it in its list of rules."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


@pytest.fixture
def engines(tmp_path: Path) -> Mapping[str, Small]:
    one = Small("one", tmp_path / "one", [facts("B"), facts("A", level=CRITICAL, earlier=("OLD/1",))])
    other = Small("other", tmp_path / "other", [facts("X", "JAVA", "GO")])
    return {"one": one, "other": other}


def asked(engines: Mapping[str, Small]) -> int:
    return sum(engine.asked for engine in engines.values())


def test_every_rule_of_this_machine_is_complete() -> None:
    catalogue = shared_catalogue()
    assert catalogue.rules
    for rule in catalogue.rules.values():
        told = rule.facts
        assert rule.engine in catalogue.versions
        assert told.name.strip(), rule.id
        assert told.languages, rule.id
        assert set(told.languages) <= LANGUAGES.keys() | {ANY}, rule.id
        assert told.severity in Severity, rule.id
        assert CRITICAL <= told.level <= OPTIONAL, rule.id
        assert not {",", "/"} & set(rule.id), rule.id
        assert len({option.key for option in told.options}) == len(told.options), rule.id


def test_no_two_rules_of_an_engine_have_one_id() -> None:
    kept = keeping.read(SHARED) if shared_catalogue() else {}
    assert kept
    for name, engine in kept.items():
        codes = [rule.code for rule in engine.rules]
        assert sorted(set(codes)) == sorted(codes), name


def test_rules_that_are_said_to_find_the_same_are_there() -> None:
    catalogue = shared_catalogue()
    for row in equivalence.rows():
        for pattern in row:
            if pattern.partition(":")[0] in catalogue.missing or pattern in UNLISTED:
                continue
            begins = pattern.removesuffix("*").removesuffix(equivalence.SAME)
            whole = begins == pattern
            assert any(rule == pattern if whole else rule.startswith(begins) for rule in catalogue.rules), (
                pattern
            )


def test_every_language_with_an_analyser_here_has_its_system_sets() -> None:
    catalogue = shared_catalogue()
    for language in LANGUAGES:
        here = [
            one for one in catalogue.engines_of(language) if one.name in catalogue.versions and one.default
        ]
        sizes = [len(switched_on(effective(catalogue, language, level).values())) for level in LEVELS]
        assert sizes == sorted(sizes)
        if here:
            assert sizes[-1] > 0, language
        assert (language in catalogue.without_rules()) == (not catalogue.of_language(language))


def test_system_sets_have_ids_that_never_change() -> None:
    assert len(SYSTEM_SETS) == len(LANGUAGES) * len(LEVELS)
    assert system_set("PYTHON").id == "7b3797d829cbda10075409a2b2e65627"
    assert system_set("C++", COMPREHENSIVE).english == "C/C++ comprehensive rules"
    assert system_set("JAVA", CRITICAL).chinese == "Java 关键检查规则集"


@given(levels=st.lists(st.integers(CRITICAL, OPTIONAL)))
def test_each_system_set_is_within_the_next(levels: list[int]) -> None:
    rules = [facts(f"R{number}", level=level) for number, level in enumerate(levels)]
    catalogue = Catalogue({}, {"some": Answer(kept=Kept(version="1", stamps=[], rules=rules))})
    critical, general, comprehensive = (
        set(switched_on(effective(catalogue, "PYTHON", level).values())) for level in LEVELS
    )
    assert critical <= general <= comprehensive
    assert len(comprehensive) == sum(level <= COMPREHENSIVE for level in levels)


def test_what_was_kept_is_loaded_without_asking_any_engine(
    folder: Path, engines: Mapping[str, Small]
) -> None:
    first = Catalogue.load(folder, engines)
    before = asked(engines)
    again = Catalogue.load(folder, engines)
    assert asked(engines) == before
    assert list(again.rules) == list(first.rules) == ["one:A", "one:B", "other:X"]
    assert again.versions == {"one": "1.0", "other": "1.0"}


def test_an_engine_that_changed_is_asked_and_the_others_are_not(
    folder: Path, engines: Mapping[str, Small]
) -> None:
    Catalogue.load(folder, engines)
    one, other = engines["one"], engines["other"]
    one.program.write_text("2.0.1")
    one.told = [facts("NEW")]
    before = other.asked
    catalogue = Catalogue.load(folder, engines)
    assert (list(catalogue.rules), catalogue.versions["one"]) == (["one:NEW", "other:X"], "2.0.1")
    assert other.asked == before


def test_a_missing_engine_says_how_to_get_it_and_its_rules_are_remembered(
    folder: Path, engines: Mapping[str, Small]
) -> None:
    Catalogue.load(folder, engines)
    engines["other"].program.unlink()
    for _ in range(2):
        catalogue = Catalogue.load(folder, engines)
        assert catalogue.missing == {"other": "other is not installed; get it with: make it"}
        assert (list(catalogue.rules), list(catalogue.former)) == (["one:A", "one:B"], ["other:X"])
        assert "make it" in catalogue.without_rules()["JAVA"]


@pytest.mark.parametrize("error", [EngineFailed("no answer"), KeyError("a new field")])
def test_an_engine_that_cannot_be_read_does_not_take_the_others_along(
    folder: Path, engines: Mapping[str, Small], error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_located: object) -> list[RuleFacts]:
        raise error

    monkeypatch.setattr(engines["one"], "rules", fail)
    catalogue = Catalogue.load(folder, engines)
    assert list(catalogue.rules) == ["other:X"]
    assert str(error.args[0]) in catalogue.missing["one"]


def test_a_damaged_file_is_as_good_as_none(folder: Path, engines: Mapping[str, Small]) -> None:
    Catalogue.load(folder, engines)
    for content in (b"", b"nonsense", (folder / keeping.FILE).read_bytes()[:-7]):
        (folder / keeping.FILE).write_bytes(content)
        assert len(Catalogue.load(folder, engines).rules) == 3


def test_rules_are_found_by_earlier_ids_and_shown_once_a_language(
    folder: Path, engines: Mapping[str, Small]
) -> None:
    catalogue = Catalogue.load(folder, engines)
    found = catalogue.find("one:OLD.1")
    assert found is not None
    assert found.id == "one:A"
    assert catalogue.find("one:nothing") is None
    shown = [(row.rule.id, row.language) for row in rows(catalogue, RuleFilter(engines=["other"]))]
    assert shown == [("other:X", "JAVA"), ("other:X", "GO")]
    assert [row.language for row in rows(catalogue, RuleFilter(languages=["GO"]))] == ["GO"]


def test_rules_of_optional_engines_are_in_no_system_set(folder: Path, tmp_path: Path) -> None:
    engine = Small("extra", tmp_path / "extra", [facts("A", level=CRITICAL)], default=False)
    catalogue = Catalogue.load(folder, {"extra": engine})
    assert catalogue.rules["extra:A"].facts.level == OPTIONAL


def test_rules_for_any_text_are_in_the_sets_of_every_language(folder: Path, tmp_path: Path) -> None:
    catalogue = Catalogue.load(folder, {"any": Small("any", tmp_path / "any", [facts("KEY", ANY)])})
    assert all(catalogue.of_language(language) for language in LANGUAGES)
    assert [row.language for row in rows(catalogue, RuleFilter())] == [ANY]
    assert [row.language for row in rows(catalogue, RuleFilter(languages=["LUA"]))] == ["LUA"]


def test_a_server_loads_its_catalogue_once(folder: Path, engines: Mapping[str, Small]) -> None:
    catalogues = Catalogues(folder, engines)
    assert asked(engines) == 0
    assert catalogues.current() is catalogues.current()
    engines["one"].program.unlink()
    assert "one" in catalogues.reload().missing
    catalogues.close()


def test_a_folder_that_cannot_be_written_to_costs_only_time(
    tmp_path: Path, engines: Mapping[str, Small]
) -> None:
    (tmp_path / "file").write_text("")
    assert len(Catalogue.load(tmp_path / "file" / "kept", engines).rules) == 3


def test_numbers_stand_for_one_id_each() -> None:
    numbers = {number_of(id_) for id_ in shared_catalogue().rules}
    assert len(numbers) == len(shared_catalogue().rules)
    assert all(0 <= number < 2**31 for number in numbers)
