"""What Cppcheck finds, with the way to it."""

from pathlib import Path

from tests.check.engines.working import analyse, catalogue, found, one

CODE = """#include <missing.h>
int first(int n) {
    int *p = 0;
    int a[10];
    if (n > 3) { a[10] = 1; }
    *p = n;
    return 0;
}
"""
RULES = {"nullPointer": {}, "arrayIndexOutOfBounds": {}}


def test_findings_have_their_rule_and_place(tmp_path: Path) -> None:
    analysis = analyse("cppcheck", tmp_path, {"a b.c": CODE}, rules=RULES)
    assert found(analysis) == {("nullPointer", "a b.c", 6), ("arrayIndexOutOfBounds", "a b.c", 5)}


def test_a_value_is_followed_from_where_it_came(tmp_path: Path) -> None:
    finding = one(analyse("cppcheck", tmp_path, {"a.c": CODE}, rules=RULES), "nullPointer")
    assert [(event.line, event.main) for event in finding.events] == [(3, False), (6, True)]


def test_columns_count_characters(tmp_path: Path) -> None:
    code = "int f(void) { /* é😀 */ int *p = 0; return *p; }\n"
    assert one(analyse("cppcheck", tmp_path, {"a.c": code}, rules=RULES), "nullPointer").column == 44


def test_a_file_that_cannot_be_parsed_is_not_called_clean(tmp_path: Path) -> None:
    analysis = analyse("cppcheck", tmp_path, {"bad.c": "int f( {\n}}}\n", "good.c": "int x;\n"}, rules=RULES)
    assert list(analysis.unread) == ["bad.c"]


def test_a_name_it_cannot_be_given_is_told(tmp_path: Path) -> None:
    analysis = analyse("cppcheck", tmp_path, {"a\nb.c": CODE}, rules=RULES)
    assert list(analysis.unread) == ["a\nb.c"]


def test_the_catalogue_is_what_the_analyser_says_of_itself() -> None:
    rules = catalogue("cppcheck")
    assert len(rules) > 300
    assert rules["nullPointer"].cwe == (476,)
