"""What go vet finds, and that packages it cannot load are named."""

from pathlib import Path

import pytest

from bottega.check.engines import ENGINES
from bottega.check.engines.base import CRITICAL, EngineMissing
from tests.check.engines.working import analyse, catalogue, found, one

try:
    ENGINES["govet"].locate()
except EngineMissing as missing:
    pytest.skip(str(missing), allow_module_level=True)

MODULE = "module example.com/a\n\ngo 1.21\n"
# Packages of the standard library would be compiled first, which takes a minute on a small machine.
CODE = "package a\n\nfunc f() {\n\té := 1; x := 2\n\tx = x\n\t_, _ = é, x\n}\n"
RULES = {"assign": {}, "unreachable": {}}


def test_findings_have_their_place_and_what_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    files = {
        "a.go": CODE,
        "sub dir/b.go": CODE,
        "other/o.go": 'package other\n\nimport "nowhere.example/x"\n\nfunc F() { x.Y() }\n',
        "bad/b.go": "package bad\nfunc f( {\n",
        "wrong/w.go": 'package wrong\n\nfunc f() int { return "a" }\n',
        "c/c.go": 'package c\n\nimport "C"\n',
        "outside/o.go": CODE,
    }
    beside = {
        "go.mod": MODULE,
        "sub dir/go.mod": MODULE,
        "outside/go.mod": "module a\n\ngo 9.99\n",
        "go.work": "bad",
    }
    analysis = analyse("govet", tmp_path, files, rules=RULES, beside=beside)
    assert found(analysis) == {("assign", "a.go", 5), ("assign", "sub dir/b.go", 5)}
    assert analysis.unread.keys() == {"other/o.go", "bad/b.go", "wrong/w.go", "c/c.go", "outside/o.go"}
    assert "nowhere.example/x" in analysis.unread["other/o.go"]
    assert "9.99" in analysis.unread["outside/o.go"]


def test_columns_are_letters_and_a_fix_is_kept(tmp_path: Path) -> None:
    code = CODE.replace("x := 2\n\tx = x", "x := 2; x = x\n\t")
    finding = one(
        analyse("govet", tmp_path, {"a.go": code}, rules=RULES, beside={"go.mod": MODULE}), "assign"
    )
    assert (finding.line, finding.column) == (4, 18)
    ((edit,),) = [fix.edits for fix in finding.fixes]
    assert (edit.line, edit.text) == (4, "")


def test_a_file_outside_of_modules_is_not_called_clean(tmp_path: Path) -> None:
    assert analyse("govet", tmp_path, {"a.go": CODE}, rules=RULES).unread == {
        "a.go": "there is no go.mod above it"
    }


def test_the_catalogue_is_what_the_analyser_says_of_itself() -> None:
    rules = catalogue("govet")
    assert len(rules) > 30
    assert rules["printf"].level == CRITICAL
    assert "Printf" in rules["printf"].description
