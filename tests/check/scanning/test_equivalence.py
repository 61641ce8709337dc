"""What two analysers find in the same place is one finding, or two different things."""

from pathlib import Path

from bottega.check.engines import ENGINES
from bottega.check.engines.base import GENERAL
from bottega.check.findings import Finding
from bottega.check.languages import LANGUAGES
from bottega.check.scanning.choosing import choose, facts_of
from tests.check.engines.test_rulepack import examples
from tests.check.scanning.folders import scanned, write

QUICK = ("astgrep", "ruff", "oxlint", "cppcheck")
OTHER_THINGS = {
    "oxlint:eslint.no-unused-vars",
    "ruff:F706",
    "ruff:F821",
    "ruff:SIM115",
}
"""What is wrong with examples besides: they are no whole programs."""


def overlap(one: Finding, other: Finding) -> bool:
    """Whether two engines speak of the same lines."""
    engines = {one.rule.partition(":")[0], other.rule.partition(":")[0]}
    return len(engines) > 1 and one.line <= max(other.end_line, other.line) and other.line <= one.end_line


def test_no_example_of_our_own_rules_is_found_twice(tmp_path: Path) -> None:
    facts, _ = facts_of(ENGINES[name] for name in QUICK)
    wrong = {path: text for path, text in examples().items() if "/wrong-" in path}
    result = scanned(write(tmp_path, wrong), *choose(facts, LANGUAGES, GENERAL))
    by_path: dict[str, list[Finding]] = {}
    for found in result.findings:
        if found.rule not in OTHER_THINGS:
            by_path.setdefault(found.path, []).append(found)
    twice = {
        (one.rule, other.rule)
        for findings in by_path.values()
        for one in findings
        for other in findings
        if overlap(one, other)
    }
    assert twice == set()
    together = {(one.rule, *one.also) for one in result.findings if one.also}
    assert ("astgrep:python-request-in-command", "ruff:S604") in together
