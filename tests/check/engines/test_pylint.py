"""What Pylint finds, and that it runs nothing of what it looks at."""

from pathlib import Path

import pytest

from bottega.check.severities import Severity
from tests.check.engines.working import analyse, catalogue, found

pytest.importorskip("pylint", reason="Pylint comes with the extra 'engines'")

CODE = 'def f(a, b, c):\n    x = "é😀"; y = a\n    return nowhere\n'
RULES = {"E0602": {}, "W0612": {}, "R0913": {"threshold": "2"}}


def test_findings_have_their_rule_and_place_and_bad_files_are_not_called_clean(tmp_path: Path) -> None:
    names = ("a b.py", "-x.py", "a\nb.py", "n\udcffm.py")
    bad = {"bad.py": "def (:\n", "latin.py": b"x = '\xe9'\n"}
    analysis = analyse("pylint", tmp_path, {**dict.fromkeys(names, CODE), **bad}, rules=RULES)
    expected = {("E0602", 3), ("W0612", 2), ("R0913", 1)}
    assert found(analysis) == {(code, name, line) for name in names for code, line in expected}
    assert {finding.column for finding in analysis.findings if "'y'" in finding.message} == {15}
    assert analysis.unread.keys() == bad.keys()


def test_the_repository_can_neither_switch_rules_off_nor_run_code(tmp_path: Path) -> None:
    trap = f"import pathlib\npathlib.Path({str(tmp_path / 'ran')!r}).touch()\n"
    hook = f"[MAIN]\ndisable=all\nignore=a.py\nload-plugins=isort\ninit-hook={trap.splitlines()[1]}\n"
    beside = {
        ".pylintrc": hook,
        "pylintrc": hook,
        "isort.py": trap,
        "tomlkit.py": trap,
        "json.py": trap,
        "dill/__init__.py": trap,
        "astroid/__init__.py": trap,
    }
    code = f"import json, isort, tomlkit, astroid\n{CODE}"
    assert found(analyse("pylint", tmp_path, {"a.py": code}, rules=RULES, beside=beside)) == {
        ("E0602", "a.py", 4),
        ("W0612", "a.py", 3),
        ("R0913", "a.py", 2),
    }
    assert not (tmp_path / "ran").exists()


def test_the_catalogue_is_what_the_analyser_says_of_itself() -> None:
    rules = catalogue("pylint")
    assert len(rules) > 300
    assert rules["E0602"].severity == Severity.SERIOUS
    assert rules["E0602"].description.startswith("Undefined variable %r\n\nUsed when")
    assert rules["R0913"].options[0].default == "5"
