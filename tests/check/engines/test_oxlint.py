"""What Oxlint finds, and what it cannot be told by the code it looks at."""

from pathlib import Path

from tests.check.engines.working import analyse, catalogue, found, one

CODE = "const o = {a: 1, a: 2};\nif (o) { debugger; }\neval('o');\n"
RULES = {"eslint.no-debugger": {}, "eslint.no-dupe-keys": {}, "eslint.no-eval": {}}


def test_findings_have_their_rule_and_place(tmp_path: Path) -> None:
    vue = f"<template><p/></template>\n<script>\n{CODE}</script>\n"
    analysis = analyse("oxlint", tmp_path, {"a b.js": CODE, "c.vue": vue}, rules=RULES)
    expected = {("eslint.no-dupe-keys", 1), ("eslint.no-debugger", 2), ("eslint.no-eval", 3)}
    assert found(analysis) == {
        *((code, "a b.js", line) for code, line in expected),
        *((code, "c.vue", line + 2) for code, line in expected),
    }


def test_a_finding_of_two_places_names_both(tmp_path: Path) -> None:
    finding = one(analyse("oxlint", tmp_path, {"a.js": CODE}, rules=RULES), "eslint.no-dupe-keys")
    assert [event.main for event in finding.events] == [True, False]


def test_columns_count_characters(tmp_path: Path) -> None:
    analysis = analyse("oxlint", tmp_path, {"a.js": 'const x = "é😀"; debugger;\n'}, rules=RULES)
    assert one(analysis, "eslint.no-debugger").column == 17


def test_a_file_that_cannot_be_parsed_is_not_called_clean(tmp_path: Path) -> None:
    analysis = analyse(
        "oxlint", tmp_path, {"bad.js": "function (\n", "good.ts": "let x: number;\n"}, rules=RULES
    )
    assert list(analysis.unread) == ["bad.js"]


def test_the_repository_cannot_switch_rules_off(tmp_path: Path) -> None:
    off = (
        '{"rules": {"no-debugger": "off", "no-eval": "off", "no-dupe-keys": "off"}, "ignorePatterns": ["*"]}'
    )
    beside = {".oxlintrc.json": off, "sub/.oxlintrc.json": off, ".eslintignore": "*\n", ".gitignore": "*\n"}
    analysis = analyse("oxlint", tmp_path, {"a.js": CODE, "sub/b.js": CODE}, rules=RULES, beside=beside)
    assert len(found(analysis)) == 6


def test_rules_of_every_set_can_be_switched_on(tmp_path: Path) -> None:
    code = "new Promise(async (yes) => yes(1)).then(() => {});\n"
    assert found(analyse("oxlint", tmp_path, {"a.js": code}))


def test_the_catalogue_is_what_the_analyser_says_of_itself() -> None:
    rules = catalogue("oxlint")
    assert len(rules) > 700
    assert rules["typescript.no-explicit-any"].languages == ("TYPESCRIPT",)
