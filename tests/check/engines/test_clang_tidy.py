"""What Clang-Tidy finds where it can compile the code."""

from pathlib import Path

import pytest

from bottega.check.engines import ENGINES
from bottega.check.severities import Severity
from tests.check.engines.working import analyse, catalogue, found, one

pytest.importorskip("clang_tidy", reason="Clang-Tidy comes with the extra 'engines'")

CODE = '#include "own.h"\nint f(int n) {\n  int *p = 0; /* é😀 */ if (n = 1) return *p;\n  return 0;\n}\n'
HEADER = "int twice(int n);\ninline int half(int n) { if (n = 1) return 0; return n; }\n"
RULES = {"bugprone-assignment-in-if-condition": {}, "clang-analyzer-core.NullDereference": {}}


def test_findings_have_their_rule_and_place_also_in_headers(tmp_path: Path) -> None:
    names = ("a b.c", "-x.c", "n\udcffm.c")
    analysis = analyse(
        "clangtidy", tmp_path, dict.fromkeys(names, CODE), rules=RULES, beside={"own.h": HEADER}
    )
    in_header = ("bugprone-assignment-in-if-condition", "own.h", 2)
    assert found(analysis) == {in_header, *((code, name, 3) for code in RULES for name in names)}
    assert len([finding for finding in analysis.findings if finding.path == "own.h"]) == 1
    assert {
        finding.column for finding in analysis.findings if finding.code in RULES and finding.line == 3
    } == {30, 42}
    assert not analysis.unread


def test_the_way_to_a_finding_is_told(tmp_path: Path) -> None:
    analysis = analyse("clangtidy", tmp_path, {"a.c": CODE}, rules=RULES, beside={"own.h": HEADER})
    events = one(analysis, "clang-analyzer-core.NullDereference").events
    assert [event.main for event in events] == [False] * (len(events) - 1) + [True]
    assert len(events) > 2


def test_a_file_that_does_not_compile_is_not_called_clean(tmp_path: Path) -> None:
    files = {"bad.c": "int f( {\n", "lost.c": "#include <missing.h>\n", "a\nb.c": "", "good.c": "int x;\n"}
    analysis = analyse("clangtidy", tmp_path, files, rules=RULES)
    assert analysis.unread.keys() == {"bad.c", "lost.c", "a\nb.c"}
    assert "'missing.h' file not found" in analysis.unread["lost.c"]


def test_the_repository_cannot_switch_rules_off_but_comments_in_the_code_can(tmp_path: Path) -> None:
    beside = {
        "own.h": HEADER.replace("return n; }", "return n; } // NOLINT"),
        ".clang-tidy": "Checks: '-*'\n",
    }
    analysis = analyse("clangtidy", tmp_path, {"a.c": CODE}, rules=RULES, beside=beside)
    assert found(analysis) == {(code, "a.c", 3) for code in RULES}


def test_headers_are_looked_at_through_what_includes_them() -> None:
    takes = ENGINES["clangtidy"].takes
    assert takes("a.cpp", {"C++"})
    assert not takes("a.h", {"C++"})


def test_the_catalogue_is_what_the_analyser_says_of_itself() -> None:
    rules = catalogue("clangtidy")
    assert len(rules) > 400
    assert rules["bugprone-use-after-move"].severity == Severity.SERIOUS
    assert rules["clang-analyzer-core.NullDereference"].name == "core NullDereference"
