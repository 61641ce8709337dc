"""What ast-grep finds with our rules, and what it cannot be told by the code it looks at."""

from pathlib import Path

from tests.check.engines.working import analyse, catalogue, found, one

RUST = "fn f() {\n    let é = 1; text.unwrap();\n}\n"


def test_findings_have_their_rule_and_place(tmp_path: Path) -> None:
    analysis = analyse("astgrep", tmp_path, {"-a b.rs": RUST, "n\nl.rs": RUST, ".hidden/a.rs": RUST})
    assert found(analysis) == {("rust-unwrap", path, 2) for path in ("-a b.rs", "n\nl.rs", ".hidden/a.rs")}
    finding = analysis.findings[0]
    assert (finding.column, finding.end_line, finding.end_column) == (16, 2, 29)


def test_only_rules_that_are_on_are_looked_for(tmp_path: Path) -> None:
    code = "fn f() { dbg!(a.unwrap()); }\n"
    assert found(analyse("astgrep", tmp_path, {"a.rs": code}, rules={"rust-debugging-left": {}})) == {
        ("rust-debugging-left", "a.rs", 1)
    }


def test_files_are_read_in_their_own_language(tmp_path: Path) -> None:
    files = {
        "a.ets": "const x: any = f();\n",
        "a.ts": "const x: any = f(); // types of TypeScript are no business of these rules\n",
        "a.h": "class A { void f() { system(line); } };\n",
        "a.vue": '<script lang="ts">\nlet n: number = eval(text);\n</script>\n<template><p/></template>\n',
    }
    assert found(analyse("astgrep", tmp_path, files)) == {
        ("arkts-any", "a.ets", 1),
        ("c-command-of-text", "a.h", 1),
        ("javascript-eval-of-text", "a.vue", 2),
    }


def test_a_file_that_cannot_be_read_is_not_called_clean(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "bad.rs": "fn main( {{{ %%%% \n x.unwrap();",
        "latin.rs": b"// \xe9\nfn f() { x.unwrap(); }\n",
        "name\udce9.rs": RUST,
        "good.rs": RUST,
        "empty.rs": "",
    }
    assert analyse("astgrep", tmp_path, files).unread == {
        "bad.rs": "cannot be parsed as Rust",
        "latin.rs": "the file is not in UTF-8",
        "name\udce9.rs": "ast-grep takes no names that are not in UTF-8",
    }


def test_the_repository_cannot_switch_rules_off(tmp_path: Path) -> None:
    beside = {"sgconfig.yml": "ruleDirs: [none]\n", ".gitignore": "*\n", ".ignore": "*\n"}
    assert found(analyse("astgrep", tmp_path, {"a.rs": RUST}, beside=beside))


def test_a_comment_in_the_code_switches_a_rule_off(tmp_path: Path) -> None:
    code = "fn f() {\n    // ast-grep-ignore\n    text.unwrap();\n}\n"
    assert not found(analyse("astgrep", tmp_path, {"a.rs": code}))


def test_a_finding_is_worded_by_its_rule(tmp_path: Path) -> None:
    files = {"a.py": 'import os\nos.system("ping " + request.args["host"])\n'}
    finding = one(analyse("astgrep", tmp_path, files), "python-request-in-command")
    facts = catalogue("astgrep")["python-request-in-command"]
    assert facts.description.startswith(finding.message)
    assert (facts.cwe, facts.owasp) == ((78,), ("A03:2021",))
