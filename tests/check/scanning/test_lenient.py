"""What is within the limit for changed code is marked, and is none where the code was there already."""

from pathlib import Path

from bottega.check.scanning.newcomers import keep_newcomers
from bottega.check.scanning.plan import EngineChoice, RuleChoice, ScanResult
from tests.check.scanning.folders import scanned, write

RULE = "ruff:C901"


def function(name: str, complexity: int) -> str:
    return f"def {name}(x):\n" + "    if x:\n        x += 1\n" * (complexity - 1) + "    return x\n\n\n"


def look(folder: Path, *functions: tuple[str, int], cache: Path | None = None, **options: str) -> ScanResult:
    write(folder, {"app.py": "".join(function(*one) for one in functions)})
    choice = RuleChoice(severity=2, options={"threshold": "2", **options})
    return scanned(folder, EngineChoice(engine="ruff", language="PYTHON", rules={RULE: choice}), cache=cache)


def test_findings_within_the_second_limit_are_marked_also_from_the_cache(tmp_path: Path) -> None:
    functions = (("low", 2), ("middle", 4), ("high", 5))
    for _ in range(2):
        done = look(tmp_path / "a", *functions, cache=tmp_path / "cache", threshold_modify="4")
        assert [(one.message.split("`")[1], one.within) for one in done.findings] == [
            ("middle", True),
            ("high", False),
        ]
    done = look(tmp_path / "a", *functions)
    assert [one.within for one in done.findings] == [False, False]


def test_a_merge_request_is_judged_by_it_where_its_target_has_the_code(tmp_path: Path) -> None:
    base = look(tmp_path / "base", ("grown", 1), ("far", 1), threshold_modify="4")
    now = look(tmp_path / "now", ("grown", 3), ("far", 6), ("new", 3), threshold_modify="4")
    assert keep_newcomers(now, base) == 1
    assert [one.message.split("`")[1] for one in now.findings] == ["far", "new"]
