"""What Bandit finds, and what it tells of weaknesses to others."""

from pathlib import Path

import pytest

from bottega.check.severities import Severity
from tests.check.engines.working import analyse, catalogue, found, one

pytest.importorskip("bandit", reason="Bandit comes with the extra 'engines'")

CODE = 'import subprocess\nx = "é😀"; subprocess.call(x, shell=True)\nassert x\n'
RULES = {"B404": {}, "B602": {}}


@pytest.mark.parametrize("name", ["a b.py", "-x.py", ".tox/a.py", "a\nb.py", "n\udcffm.py"])
def test_findings_have_their_rule_and_place_whatever_the_file_is_called(tmp_path: Path, name: str) -> None:
    analysis = analyse("bandit", tmp_path, {name: CODE}, rules=RULES)
    assert found(analysis) == {("B404", name, 1), ("B602", name, 2)}
    finding = one(analysis, "B602")
    assert (finding.column, finding.severity) == (11, Severity.SERIOUS)
    assert not analysis.unread


def test_a_file_that_is_no_python_is_not_called_clean(tmp_path: Path) -> None:
    files = {"bad.py": "def (:\n", "latin.py": b"x = '\xe9'\n", "good.py": "x = 1\n"}
    assert analyse("bandit", tmp_path, files, rules=RULES).unread.keys() == {"bad.py", "latin.py"}


def test_the_repository_cannot_switch_rules_off_but_comments_in_the_code_can(tmp_path: Path) -> None:
    off = "[bandit]\nskips: B404,B602\nexclude: /\n"
    beside = {".bandit": off, "setup.cfg": off, "pyproject.toml": '[tool.bandit]\nskips = ["B404", "B602"]\n'}
    code = CODE.replace("import subprocess", "import subprocess  # nosec B404")
    analysis = analyse("bandit", tmp_path, {"a.py": code}, rules=RULES, beside=beside)
    assert found(analysis) == {("B602", "a.py", 2)}


def test_the_catalogue_is_what_the_analyser_says_of_itself() -> None:
    rules = catalogue("bandit")
    assert len(rules) > 70
    assert (rules["B602"].severity, rules["B602"].cwe, rules["B602"].owasp) == (
        Severity.SERIOUS,
        (78,),
        ("A03:2021",),
    )
    assert (rules["B301"].cwe, rules["B301"].owasp) == ((502,), ("A08:2021",))
    assert rules["B506"].description.startswith("This plugin test checks for the unsafe usage")


def test_rules_of_ruff_that_are_the_same_have_its_weaknesses() -> None:
    rules = catalogue("ruff")
    assert (rules["S603"].cwe, rules["S603"].owasp) == ((78,), ("A03:2021",))
    assert (rules["S301"].cwe, rules["S301"].owasp) == ((502,), ("A08:2021",))
