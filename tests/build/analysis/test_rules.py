"""Each rule fits its examples and not its counter-examples, and is quick on any text."""

import re
from collections.abc import Iterator
from pathlib import Path
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bottega.build.analysis.diagnosis import LINE_CHARACTERS, Evidence, diagnose, plain_lines
from bottega.build.analysis.rules import Rule, catalogue

PAGE = Path(__file__).parents[3] / "docs/reference/log-analysis.md"
MOST_REPEATED = 300
RULES = pytest.mark.parametrize("rule", catalogue(), ids=lambda rule: rule.code)


@RULES
def test_a_rule_fits_its_examples_better_than_any_other(rule: Rule) -> None:
    assert rule.examples
    for example in rule.examples:
        assert rule.fits(example), example
        logged = plain_lines(f"[2026/01/01 00:00:00.000 GMT+08:00] [INFO] \x1b[31m{example}\x1b[0m\nbye\n")
        found = diagnose(Evidence(reason="exit code 1", exit_code=1, lines=logged))
        assert (found.rule, found.line) == (rule, example)


@RULES
def test_a_rule_does_not_fit_its_counter_examples(rule: Rule) -> None:
    assert rule.counter_examples
    for example in rule.counter_examples:
        assert not rule.fits(example), example


@RULES
def test_a_rule_is_written_for_people(rule: Rule) -> None:
    assert re.fullmatch(r"BUILD\.[A-Z_]+|DEV\.CB\.\d+", rule.code)
    for sentence in (rule.cause, rule.advice):
        assert sentence.endswith(".")
        assert "|" not in sentence


@RULES
def test_no_log_can_make_a_rule_slow(rule: Rule) -> None:
    """Nothing repeats without a bound: then the time for a line, which is cut, is bounded too."""
    assert [one for one in repetitions(parser.parse(rule.pattern)) if one > MOST_REPEATED] == []


def repetitions(tree: Any) -> Iterator[int]:
    for kind, value in tree:
        if kind in {kinds.MAX_REPEAT, kinds.MIN_REPEAT}:
            yield int(value[1])
            yield from repetitions(value[2])
        elif kind is kinds.BRANCH:
            for branch in value[1]:
                yield from repetitions(branch)
        elif kind is kinds.SUBPATTERN:
            yield from repetitions(value[3])
        elif kind in {kinds.ASSERT, kinds.ASSERT_NOT}:
            yield from repetitions(value[1])


def test_each_code_has_one_rule() -> None:
    codes = [rule.code for rule in catalogue()]
    assert len(set(codes)) == len(codes)
    assert {code for rule in catalogue() for code in rule.behind} <= set(codes)


def test_the_page_shows_every_rule_as_it_is() -> None:
    rows = re.findall(
        r"^\| `([A-Z.\d_]+)` \| (.*) \| (.*) \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    assert rows == [
        (rule.code, rule.cause, f"`` {rule.examples[0].replace('|', '¦')} ``", rule.advice)
        for rule in catalogue()
    ]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from([word for rule in catalogue() for word in rule.words]), max_size=6),
    st.text(max_size=30),
    st.one_of(st.none(), st.integers(-255, 255)),
)
def test_anything_is_analysed(words: list[str], text: str, code: int | None) -> None:
    lines = plain_lines("\n".join([*words, text, text.join(words)]))
    found = diagnose(Evidence(reason=text, exit_code=code, lines=lines))
    assert len(found.line) <= LINE_CHARACTERS


def rule_of(lines: list[str], reason: str = "exit code 1", code: int = 1) -> str:
    found = diagnose(Evidence(reason=reason, exit_code=code, lines=lines))
    return found.rule.code if found.rule else ""


def test_what_the_runner_says_decides() -> None:
    lines = ["main.c:1:2: error: unknown type name 'x'"]
    assert rule_of(lines, "out of memory, the limit is 512 MiB (exit code 137)", 137) == "BUILD.OUT_OF_MEMORY"


def test_the_cause_that_came_last_decides() -> None:
    refused, failed = "curl: (7) Failed to connect to cache port 80: Connection refused", "2 failing"
    assert rule_of([refused, "trying without the cache", failed]) == "BUILD.TESTS_FAILED"
    assert rule_of([failed, refused, "make: *** [Makefile:2: all] Error 7"]) == "BUILD.CONNECTION_FAILED"


def test_of_messages_that_follow_from_the_first_the_first_is_shown() -> None:
    lines = ["a.c:1:2: error: expected ';'", "a.c:9:1: error: 'n' undeclared", "make: *** Error 1"]
    found = diagnose(Evidence(reason="exit code 2", exit_code=2, lines=lines))
    assert found.line == lines[0]


def test_an_exit_code_speaks_when_no_line_does() -> None:
    assert rule_of(["working"], "exit code 127", 127) == "BUILD.COMMAND_NOT_FOUND"
    assert rule_of(["working"], "exit code 139", 139) == "BUILD.CRASHED"
    assert rule_of(["working"], "exit code 3", 3) == ""


def test_a_symptom_counts_only_when_there_is_nothing_better() -> None:
    symptom = "ValueError: no config"
    assert rule_of([symptom]) == "BUILD.PROGRAM_ERROR"
    assert rule_of(["ModuleNotFoundError: No module named 'x'", symptom]) == "BUILD.MODULE_MISSING"


def test_a_package_is_not_missing_when_its_server_was_not_reached() -> None:
    unknown = "Temporary failure resolving 'deb.example.org'"
    assert rule_of([unknown, "E: Unable to locate package gcc"]) == "BUILD.HOST_UNKNOWN"
    assert rule_of(["E: Unable to locate package gcc"]) == "BUILD.PACKAGE_NOT_FOUND"


def test_a_crash_is_explained_by_what_came_before_it() -> None:
    short = "FATAL ERROR: Ineffective mark-compacts near heap limit - JavaScript heap out of memory"
    assert rule_of([short, "Aborted (core dumped)"], "exit code 134", 134) == "BUILD.OUT_OF_MEMORY"
    assert rule_of(["Aborted (core dumped)"], "exit code 134", 134) == "BUILD.CRASHED"
