"""Every rule of our own pack finds its wrong examples, and leaves the right ones alone."""

import pytest

from bottega.check.engines.rulepack import PACK, pack
from bottega.check.languages import LANGUAGES
from tests.check.engines.working import analyse, found

SUFFIXES = {"JAVASCRIPT": (".js", ".ts", ".tsx", ".vue"), "C++": (".c", ".cpp")}
AROUND = {".php": ("<?php\n", ""), ".vue": ("<script>\n", "\n</script>")}


def examples() -> dict[str, str]:
    """All examples as files, by paths that begin with the code of the rule and say which they are."""
    files: dict[str, str] = {}
    for code, rule in pack().items():
        language = LANGUAGES[rule.facts.languages[0]]
        for suffix in SUFFIXES.get(language.name, language.suffixes[:1]):
            before, after = AROUND.get(suffix, ("", ""))
            for kind, texts in (("wrong", rule.wrong), ("right", rule.right)):
                files |= {
                    f"{code}/{kind}-{number}{suffix}": before + text + after
                    for number, text in enumerate(texts)
                }
    return files


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Code and path of whatever was found in all the examples."""
    analysis = analyse("astgrep", tmp_path_factory.mktemp("pack"), examples())
    assert analysis.unread == {}
    return {(code, path) for code, path, _ in found(analysis)}


@pytest.mark.parametrize("code", sorted(pack()))
def test_a_rule_finds_what_is_wrong_and_nothing_else(code: str, outcome: set[tuple[str, str]]) -> None:
    own = {path for path in examples() if path.startswith(f"{code}/")}
    assert {path for path in own if (code, path) in outcome} == {path for path in own if "/wrong-" in path}


@pytest.mark.parametrize("code", sorted(pack()))
def test_a_rule_is_named_after_its_file_and_says_what_to_do(code: str) -> None:
    folder, _, name = code.partition("-")
    assert (PACK / folder / f"{name}.yml").is_file()
    facts = pack()[code].facts
    assert facts.code == code
    assert facts.advice.endswith(".")
    assert facts.wrong_example != facts.right_example
    assert bool(facts.cwe) or "security" not in facts.tags
