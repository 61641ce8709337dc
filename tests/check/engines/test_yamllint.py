"""What yamllint finds in YAML."""

from pathlib import Path

from tests.check.engines.working import analyse, catalogue, found

CODE = "a: 1\na: 2\nb: [1,2 ]\n"
RULES = {"key-duplicates": {}, "brackets": {}}


def test_findings_have_their_rule_and_place(tmp_path: Path) -> None:
    analysis = analyse("yamllint", tmp_path, {"a b: c.yaml": CODE}, rules=RULES)
    assert found(analysis) == {("key-duplicates", "a b: c.yaml", 2), ("brackets", "a b: c.yaml", 3)}


def test_a_file_that_is_no_yaml_is_not_called_clean(tmp_path: Path) -> None:
    analysis = analyse("yamllint", tmp_path, {"bad.yaml": "a: [\n", "good.yaml": "a: 1\n"}, rules=RULES)
    assert list(analysis.unread) == ["bad.yaml"]


def test_the_repository_cannot_switch_rules_off(tmp_path: Path) -> None:
    beside = {".yamllint": "rules: {}\nignore: '*'\n"}
    assert found(analyse("yamllint", tmp_path, {"a.yaml": CODE}, rules=RULES, beside=beside))


def test_a_rule_is_given_its_options(tmp_path: Path) -> None:
    analysis = analyse(
        "yamllint", tmp_path, {"a.yaml": f"a: {'x ' * 30}y\n"}, rules={"line-length": {"max": "40"}}
    )
    assert found(analysis) == {("line-length", "a.yaml", 1)}


def test_the_catalogue_is_what_the_analyser_says_of_itself() -> None:
    rules = catalogue("yamllint")
    assert len(rules) > 20
    assert {option.key: option.default for option in rules["line-length"].options}["max"] == "80"
    assert "FAIL" not in rules["brackets"].wrong_example
