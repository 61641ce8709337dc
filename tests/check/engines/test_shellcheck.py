"""What ShellCheck finds, and how it is brought to tell what it knows."""

from pathlib import Path

import pytest

from bottega.check.engines.base import GENERAL
from bottega.check.engines.sampling import mended
from bottega.check.severities import Severity
from tests.check.engines.working import analyse, catalogue, found, one

CODE = '#!/bin/sh\nname=$1\ncd /srv\nrm -rf "$name"/* ${name}\n'
RULES = {"SC2164": {}, "SC2115": {}, "SC2086": {}}


@pytest.mark.parametrize("name", ["a b.sh", "-x.sh", "a\nb.sh", "n\udcffm.sh"])
def test_findings_have_their_rule_and_place_whatever_the_file_is_called(tmp_path: Path, name: str) -> None:
    analysis = analyse("shellcheck", tmp_path, {name: CODE, "clean.sh": "#!/bin/sh\n"}, rules=RULES)
    assert found(analysis) == {("SC2164", name, 3), ("SC2115", name, 4), ("SC2086", name, 4)}
    assert one(analysis, "SC2164").severity == Severity.GENERAL
    (fix,) = one(analysis, "SC2086").fixes
    assert '/* "${name}"\n' in mended(CODE, fix.edits)


def test_columns_count_characters(tmp_path: Path) -> None:
    code = '#!/bin/sh\necho "\N{GRINNING FACE}\té" $1\n'
    assert one(analyse("shellcheck", tmp_path, {"a.sh": code}, rules={"SC2086": {}}), "SC2086").column == 12


def test_a_script_that_cannot_be_parsed_is_not_called_clean(tmp_path: Path) -> None:
    files = {"bad.sh": "#!/bin/sh\nif true; then\n", "z.sh": "#!/bin/zsh\n", "good.sh": "#!/bin/sh\n"}
    analysis = analyse("shellcheck", tmp_path, files, rules=RULES)
    assert analysis.unread.keys() == {"bad.sh", "z.sh"}
    assert analysis.unread["bad.sh"].startswith("line 3: Expected")


def test_the_repository_cannot_switch_rules_off(tmp_path: Path) -> None:
    beside = {".shellcheckrc": "disable=all\n", "sub/.shellcheckrc": "disable=all\n"}
    analysis = analyse("shellcheck", tmp_path, {"sub/a.sh": CODE}, rules=RULES, beside=beside)
    assert len(found(analysis)) == 3


def test_a_comment_in_the_code_can(tmp_path: Path) -> None:
    code = CODE.replace("cd /srv", "# shellcheck disable=SC2164\ncd /srv")
    assert {code for code, _, _ in found(analyse("shellcheck", tmp_path, {"a.sh": code}, rules=RULES))} == {
        "SC2115",
        "SC2086",
    }


def test_what_it_leaves_off_by_itself_is_switched_on_by_its_rule(tmp_path: Path) -> None:
    code = '#!/bin/bash\ncase "$1" in a) echo a ;; esac\n[ "$1" ]\n'
    analysis = analyse("shellcheck", tmp_path, {"a.sh": code}, rules={"SC2249": {}})
    assert found(analysis) == {("SC2249", "a.sh", 2)}


def test_each_optional_check_is_the_one_of_its_own_code(tmp_path: Path) -> None:
    code = "#!/bin/bash\nname=a\necho $name\n[ -e /etc ]\n"
    rules = {"SC2250": {}, "SC2292": {}}
    analysis = analyse("shellcheck", tmp_path, {"a.sh": code}, rules=rules)
    assert found(analysis) == {("SC2250", "a.sh", 3), ("SC2292", "a.sh", 4)}


@pytest.mark.parametrize(("options", "lines"), [({}, {2}), ({"check-unassigned-uppercase": "true"}, {2, 3})])
def test_variables_nobody_assigned_are_told_those_in_capitals_on_request(
    tmp_path: Path, options: dict[str, str], lines: set[int]
) -> None:
    code = '#!/bin/sh\necho "$name"\necho "$NAME"\n'
    analysis = analyse("shellcheck", tmp_path, {"a.sh": code}, rules={"SC2154": options})
    assert {line for _, _, line in found(analysis)} == lines
    facts = catalogue("shellcheck")["SC2154"]
    assert (facts.severity, facts.level) == (Severity.GENERAL, GENERAL)


def test_codes_of_no_catalogue_are_governed_by_a_rule_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "bottega.check.engines.shellcheck._catalogue", lambda _command, _version: {"SC2164": ()}
    )
    analysis = analyse("shellcheck", tmp_path, {"a.sh": CODE}, rules={"other": {}})
    assert {code for code, _, _ in found(analysis)} == {"SC2115", "SC2086"}


def test_the_catalogue_is_what_the_analyser_says_of_our_samples() -> None:
    rules = catalogue("shellcheck")
    assert len(rules) > 300
    assert rules["SC2086"].wrong_example == "set $1\n"
    assert rules["SC2086"].right_example == 'set "$1"\n'
    assert rules["SC2249"].tags == ("optional",)
    assert rules["SC1072"].severity == Severity.FATAL
    assert "other" in rules
