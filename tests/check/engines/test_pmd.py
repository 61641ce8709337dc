"""What PMD finds in Java, and what it cannot be told by the code it looks at."""

from pathlib import Path

import pytest

from bottega.check.engines import ENGINES
from bottega.check.engines.base import CRITICAL, EngineMissing
from bottega.check.severities import Severity
from tests.check.engines.working import analyse, catalogue, found, one

try:
    ENGINES["pmd"].locate()
except EngineMissing as missing:
    pytest.skip(str(missing), allow_module_level=True)

CODE = """class Sample {
    boolean run(String é) {
        try { go(); } catch (IllegalStateException e) { }
        return é == "x";
    }
}
"""
RULES = {"EmptyCatchBlock": {}, "UseEqualsToCompareStrings": {}}
EXPECTED = {("EmptyCatchBlock", 3), ("UseEqualsToCompareStrings", 4)}


def test_findings_have_their_rule_and_place_and_what_is_unread_is_named(tmp_path: Path) -> None:
    files = {"-a b.java": CODE, "é.java": CODE, "bad.java": "class {{{", "a,b.java": CODE, "n\nl.java": CODE}
    beside = {"pmd.xml": "<ruleset/>", "ruleset.xml": "<ruleset/>", ".pmd": "off"}
    analysis = analyse("pmd", tmp_path, files, rules=RULES, beside=beside)
    assert found(analysis) == {
        (code, path, line) for code, line in EXPECTED for path in ("-a b.java", "é.java")
    }
    finding = next(it for it in analysis.findings if it.line == 4)
    assert (finding.column, finding.end_line, finding.end_column) == (16, 4, 24)
    assert analysis.unread.keys() == {"bad.java", "a,b.java", "n\nl.java"}
    assert analysis.unread["bad.java"].startswith("line 1: ")


def test_a_threshold_holds_and_an_impossible_one_does_not_end_the_run(tmp_path: Path) -> None:
    rules = {"CyclomaticComplexity": {"methodReportLevel": "2"}, "ShortVariable": {"minimum": "100000"}}
    assert one(analyse("pmd", tmp_path, {"a.java": CODE}, rules=rules), "CyclomaticComplexity").line == 2


def test_the_catalogue_is_what_the_analyser_says_of_itself() -> None:
    rules = catalogue("pmd")
    assert len(rules) > 250
    empty = rules["EmptyCatchBlock"]
    assert (empty.severity, empty.level, empty.tags) == (Severity.SERIOUS, CRITICAL, ("errorprone",))
    assert "catch" in empty.wrong_example
    assert rules["NonExhaustiveSwitch"].earlier == ("SwitchStmtsShouldHaveDefault",)
    assert "minimum" in {option.key for option in rules["ShortVariable"].options}


def test_a_folder_without_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOTTEGA_PMD_HOME", str(tmp_path))
    with pytest.raises(EngineMissing, match="bottega admin install-engines"):
        ENGINES["pmd"].locate()
