"""What detect-secrets finds in any text."""

from pathlib import Path

import msgspec

from tests.check.engines.working import analyse, catalogue, found

# In two parts, so that nobody takes them for something lost.
KEY = "AKIA" + "Q3EGVKF7ZP2XNM4A"
TOKEN = "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"
CODE = f"key = '{KEY}'\ntoken = '{TOKEN}'\nname = 'a harmless text'\n"
RULES = {"AWSKeyDetector": {}, "GitHubTokenDetector": {}}


def test_findings_have_their_rule_and_place_and_never_the_secret(tmp_path: Path) -> None:
    analysis = analyse("secrets", tmp_path, {"a b.py": CODE, "-settings": CODE}, rules=RULES)
    expected = {("AWSKeyDetector", 1), ("GitHubTokenDetector", 2)}
    assert found(analysis) == {
        (code, path, line) for code, line in expected for path in ("a b.py", "-settings")
    }
    written = msgspec.json.encode(analysis).decode()
    assert KEY not in written
    assert TOKEN not in written


def test_a_rule_that_is_off_finds_nothing(tmp_path: Path) -> None:
    analysis = analyse("secrets", tmp_path, {"a.py": CODE}, rules={"AWSKeyDetector": {}})
    assert found(analysis) == {("AWSKeyDetector", "a.py", 1)}


def test_the_catalogue_is_what_the_analyser_says_of_itself() -> None:
    rules = catalogue("secrets")
    assert len(rules) > 20
    assert rules["PrivateKeyDetector"].cwe == (798,)
