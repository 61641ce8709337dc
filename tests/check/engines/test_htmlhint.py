"""What HTMLHint finds in pages, and what it cannot be told by the code it looks at."""

from pathlib import Path

import pytest

from bottega.check.engines import ENGINES
from bottega.check.engines.base import GENERAL, EngineMissing
from tests.check.engines.working import analyse, catalogue, found

try:
    ENGINES["htmlhint"].locate()
except EngineMissing as missing:
    pytest.skip(str(missing), allow_module_level=True)

PAGE = '<!DOCTYPE html>\n<body>\n<p>😀</p><p id="x" id="y">é</b>\n</body>\n'
RULES = {"attr-no-duplication": {}, "tag-pair": {}}


def test_findings_have_their_place_and_the_repository_has_no_say(tmp_path: Path) -> None:
    beside = {".htmlhintrc": '{"tag-pair": false}', ".gitignore": "*\n", ".htmlhintignore": "*\n"}
    files: dict[str, str | bytes] = {"-a b.html": PAGE, "n\nl.htm": PAGE, "latin.html": b"<p>\xe9</p>"}
    analysis = analyse("htmlhint", tmp_path, files, rules=RULES, beside=beside)
    expected = {("attr-no-duplication", 3), ("tag-pair", 3)}
    assert found(analysis) == {
        (code, path, line) for code, line in expected for path in ("-a b.html", "n\nl.htm")
    }
    assert {one.column for one in analysis.findings if one.code == "attr-no-duplication"} == {18}
    assert analysis.unread.keys() == {"latin.html"}


def test_a_comment_in_the_page_switches_a_rule_off(tmp_path: Path) -> None:
    page = "<!-- htmlhint attr-no-duplication:false, tag-pair:false -->\n" + PAGE
    assert not found(analyse("htmlhint", tmp_path, {"a.html": page}, rules=RULES))


def test_the_catalogue_is_what_the_analyser_says_of_itself() -> None:
    rules = catalogue("htmlhint")
    assert len(rules) > 35
    assert rules["tag-pair"].level == GENERAL
