"""What ESLint finds in JavaScript and TypeScript, and what it cannot be told by the code it looks at."""

from pathlib import Path

import pytest

from bottega.check.engines import ENGINES
from bottega.check.engines.base import OPTIONAL, EngineMissing
from bottega.check.engines.sampling import mended
from bottega.check.severities import Severity
from tests.check.engines.working import analyse, catalogue, found, one

try:
    ENGINES["eslint"].locate()
except EngineMissing as missing:
    pytest.skip(str(missing), allow_module_level=True)

CODE = 'const s = "😀"; eval(s);\nvar x = 1;\n'
RULES = {"no-eval": {}, "no-var": {}}
TYPED = "let a: any = <T,>(x: T) => x;\nvar b = a as unknown;\n"


def test_findings_have_their_place_and_the_repository_has_no_say(tmp_path: Path) -> None:
    config = "import fs from 'node:fs';\nfs.writeFileSync('seen', '');\nexport default [{ignores: ['**']}];\n"
    beside = {"eslint.config.mjs": config, ".eslintrc.json": '{"root": true}', ".eslintignore": "*\n"}
    files: dict[str, str | bytes] = {
        "-a [b].js": CODE,
        "n\nl.jsx": CODE + "const e = <p>{s}</p>;\n",
        "c.ts": TYPED,
        "old.js": "with (a) { eval(b); }\nreturn;\n",
        "bad.js": "const = 1;\n",
        "latin.js": b"// \xe9\n",
    }
    rules = {**RULES, "typescript/no-explicit-any": {}}
    analysis = analyse("eslint", tmp_path, files, rules=rules, beside=beside)
    assert found(analysis) == {
        *(("no-eval", path, 1) for path in ("-a [b].js", "n\nl.jsx", "old.js")),
        *(("no-var", path, 2) for path in ("-a [b].js", "n\nl.jsx", "c.ts")),
        ("typescript/no-explicit-any", "c.ts", 1),
    }
    assert next(it.column for it in analysis.findings if it.path == "-a [b].js") == 16
    assert analysis.unread.keys() == {"bad.js", "latin.js"}
    assert analysis.unread["bad.js"].startswith("line 1: Unexpected token")
    assert not list(tmp_path.rglob("seen"))


def test_a_finding_that_can_be_mended_says_how(tmp_path: Path) -> None:
    code = 'const s = "😀"; const t = !!!s;\nvar x = 1;\n'
    (fix,) = one(analyse("eslint", tmp_path, {"a.js": code}, rules={"no-var": {}}), "no-var").fixes
    assert mended(code, fix.edits).endswith("\nlet x = 1;\n")


def test_comments_in_the_code_switch_rules_off_but_none_on(tmp_path: Path) -> None:
    code = "/* eslint no-alert: 'error', nonsense: [ */\neval(1); // eslint-disable-line no-eval\nalert(1);\n"
    assert not found(analyse("eslint", tmp_path, {"a.js": code}, rules=RULES))


@pytest.mark.parametrize(("limit", "lines"), [("1", {1}), ("9", set[int]()), ("", set[int]())])
def test_a_limit_holds(tmp_path: Path, limit: str, lines: set[int]) -> None:
    rules = {"max-params": {"threshold": limit}}
    analysis = analyse("eslint", tmp_path, {"a.js": "export function f(a, b) {}\n"}, rules=rules)
    assert {line for _, _, line in found(analysis)} == lines


def test_the_catalogue_is_what_the_analyser_says_of_itself() -> None:
    rules = catalogue("eslint")
    assert len(rules) > 200
    assert {facts.level for code, facts in rules.items() if code != "syntax"} == {OPTIONAL}
    assert rules["no-dupe-keys"].severity == Severity.SERIOUS
    assert rules["no-unused-vars"].languages == ("JAVASCRIPT",)
    assert rules["typescript/no-unused-vars"].languages == ("TYPESCRIPT",)
    assert [option.default for option in rules["complexity"].options] == ["20"]
