"""What Ruff finds, and what it cannot be told by the code it looks at."""

from pathlib import Path

from tests.check.engines.working import analyse, catalogue, found, one

CODE = "import os\n\n\ndef run(given=[]):\n    exec(given)\n"
RULES = {"F401": {}, "B006": {}, "S102": {}}


def test_findings_have_their_rule_and_place(tmp_path: Path) -> None:
    analysis = analyse("ruff", tmp_path, {"a folder/a file.py": CODE}, rules=RULES)
    path = "a folder/a file.py"
    assert found(analysis) == {("F401", path, 1), ("B006", path, 4), ("S102", path, 5)}
    assert one(analysis, "F401").fixes[0].safe


def test_a_file_that_is_no_python_is_not_called_clean(tmp_path: Path) -> None:
    analysis = analyse("ruff", tmp_path, {"bad.py": "def (:\n", "good.py": "x = 1\n"}, rules=RULES)
    assert list(analysis.unread) == ["bad.py"]


def test_the_repository_cannot_switch_rules_off(tmp_path: Path) -> None:
    beside = {"ruff.toml": 'exclude = ["*"]\n[lint]\nignore = ["ALL"]\n'}
    assert found(analyse("ruff", tmp_path, {"a.py": CODE}, rules=RULES, beside=beside))


def test_a_comment_in_the_code_can(tmp_path: Path) -> None:
    code = CODE.replace("import os", "import os  # noqa: F401")
    analysis = analyse("ruff", tmp_path, {"a.py": code}, rules=RULES)
    assert {code for code, _, _ in found(analysis)} == {"B006", "S102"}


def test_a_threshold_decides_what_is_too_complex(tmp_path: Path) -> None:
    code = (
        "def f(a):\n"
        + "".join(f"    if a == {n}:\n        return {n}\n" for n in range(4))
        + "    return a\n"
    )
    low = analyse("ruff", tmp_path, {"a.py": code}, rules={"C901": {"threshold": "3"}})
    assert found(low) == {("C901", "a.py", 1)}
    (tmp_path / "again").mkdir()
    assert not found(analyse("ruff", tmp_path / "again", {"a.py": code}, rules={"C901": {"threshold": "9"}}))


def test_the_catalogue_is_what_the_analyser_says_of_itself() -> None:
    rules = catalogue("ruff")
    assert len(rules) > 700
    assert rules["S608"].tags == ("security",)
    assert "query" in rules["S608"].wrong_example
    assert rules["C901"].options[0].default == "10"


def test_without_any_other_rule_it_still_says_what_is_no_python(tmp_path: Path) -> None:
    files = {"bad.py": "def f(:\n", "good.py": "import os\n"}
    analysis = analyse("ruff", tmp_path, files, rules={"syntax": {}})
    assert {path for _, path, _ in found(analysis)} == set(analysis.unread) == {"bad.py"}
