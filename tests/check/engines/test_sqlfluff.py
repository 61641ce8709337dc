"""What SQLFluff finds in SQL."""

from pathlib import Path

import pytest

from tests.check.engines.working import analyse, catalogue, found

CODE = "SELECT a,b FROM t WHERE x = NULL\n"
RULES = {"CV05": {}, "LT01": {}, "PRS": {}}


def test_findings_have_their_rule_and_place(tmp_path: Path) -> None:
    analysis = analyse("sqlfluff", tmp_path, {"a b.sql": CODE}, rules=RULES)
    assert found(analysis) == {("CV05", "a b.sql", 1), ("LT01", "a b.sql", 1)}


def test_a_file_that_is_no_sql_is_not_called_clean(tmp_path: Path) -> None:
    analysis = analyse(
        "sqlfluff", tmp_path, {"bad.sql": "SELECT FROM WHERE ((\n", "good.sql": "SELECT 1\n"}, rules=RULES
    )
    assert list(analysis.unread) == ["bad.sql"]
    assert ("PRS", "bad.sql", 1) in found(analysis)


def test_the_repository_cannot_switch_rules_off(tmp_path: Path) -> None:
    beside = {".sqlfluff": "[sqlfluff]\nexclude_rules = all\n", ".sqlfluffignore": "*\n"}
    assert found(analyse("sqlfluff", tmp_path, {"a.sql": CODE}, rules=RULES, beside=beside))


@pytest.mark.parametrize(("dialect", "unread"), [("", {"a.sql"}), ("postgres", set[str]())])
def test_sql_is_read_in_the_dialect_that_is_chosen(tmp_path: Path, dialect: str, unread: set[str]) -> None:
    rules = {"PRS": {"dialect": dialect}}
    files = {"a.sql": "SELECT a::int FROM b ORDER BY c NULLS FIRST;\nVACUUM ANALYZE b;\n"}
    assert analyse("sqlfluff", tmp_path, files, rules=rules).unread.keys() == unread


def test_the_catalogue_is_what_the_analyser_says_of_itself() -> None:
    rules = catalogue("sqlfluff")
    assert len(rules) > 70
    assert rules["AL01"].earlier == ("L011",)
    assert "FROM foo AS voo" in rules["AL01"].right_example
