"""What Stylelint finds in style sheets, and what it cannot be told by the code it looks at."""

from pathlib import Path

import pytest

from bottega.check.engines import ENGINES
from bottega.check.engines.base import GENERAL, EngineMissing
from tests.check.engines.working import analyse, catalogue, found

try:
    ENGINES["stylelint"].locate()
except EngineMissing as missing:
    pytest.skip(str(missing), allow_module_level=True)

SHEET = "a {\n  /* 😀 */ color: #ggg;\n  colr: blue;\n}\n"
RULES = {"color-no-invalid-hex": {}, "property-no-unknown": {}, "at-rule-no-unknown": {}}


def test_findings_have_their_place_and_the_repository_has_no_say(tmp_path: Path) -> None:
    beside = {".stylelintrc.json": '{"rules": {"color-no-invalid-hex": null}}', ".stylelintignore": "*\n"}
    files: dict[str, str | bytes] = {
        "-a [b].css": SHEET,
        "n\nl.css": SHEET,
        "b.scss": "$x: 1px;\n// note\n@mixin m {\n  b { color: #zz; }\n}\n",
        "c.less": "@x: 1px;\n// note\na { .m(); color: #zz; }\n",
        "bad.css": "a { color: red\n}}}\n{",
        "latin.css": b"/* \xe9 */",
    }
    analysis = analyse("stylelint", tmp_path, files, rules=RULES, beside=beside)
    assert found(analysis) == {
        *(("color-no-invalid-hex", path, 2) for path in ("-a [b].css", "n\nl.css")),
        *(("property-no-unknown", path, 3) for path in ("-a [b].css", "n\nl.css")),
        ("color-no-invalid-hex", "b.scss", 4),
        ("color-no-invalid-hex", "c.less", 3),
    }
    assert analysis.findings[0].column == 18
    assert analysis.unread.keys() == {"bad.css", "latin.css"}


def test_a_comment_in_the_code_switches_a_rule_off(tmp_path: Path) -> None:
    assert not found(
        analyse("stylelint", tmp_path, {"a.css": f"/* stylelint-disable */\n{SHEET}"}, rules=RULES)
    )


def test_the_catalogue_is_what_the_analyser_says_of_itself() -> None:
    rules = catalogue("stylelint")
    assert len(rules) > 50
    assert rules["color-no-invalid-hex"].level == GENERAL
