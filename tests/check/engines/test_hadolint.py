"""What Hadolint finds in Dockerfiles and in the shell commands of theirs."""

import re
from pathlib import Path

import pytest

from bottega.check.engines import ENGINES
from bottega.check.severities import Severity
from tests.check.engines.working import analyse, catalogue, found, one

CODE = "FROM debian\nUSER root\nRUN cd /srv && rm -f $x\n"
RULES = {"DL3006": {}, "DL3002": {}, "SC2086": {}}


@pytest.mark.parametrize(
    "name", ["a b/Dockerfile", "-x.dockerfile", "a\nb.dockerfile", "n\udcffm.dockerfile"]
)
def test_findings_have_their_rule_and_place_whatever_the_file_is_called(tmp_path: Path, name: str) -> None:
    analysis = analyse("hadolint", tmp_path, {name: CODE, "Containerfile": "FROM debian:12\n"}, rules=RULES)
    assert found(analysis) == {("DL3006", name, 1), ("DL3002", name, 2), ("SC2086", name, 3)}
    assert one(analysis, "DL3002").severity == Severity.GENERAL
    assert not analysis.unread


def test_a_file_that_cannot_be_parsed_is_not_called_clean(tmp_path: Path) -> None:
    files = {
        "bad.dockerfile": "FROM debian:12\nRUNN ls\n",
        "worse.dockerfile": "FROM debian:12\nRUN if true; then\n",
        "Dockerfile": "FROM debian:12\n",
    }
    analysis = analyse("hadolint", tmp_path, files, rules=RULES)
    assert analysis.unread.keys() == {"bad.dockerfile", "worse.dockerfile"}


def test_the_repository_cannot_switch_rules_off(tmp_path: Path) -> None:
    off = "ignored: [DL3006, DL3002, SC2086]\n"
    beside = {".hadolint.yaml": off, "sub/.hadolint.yaml": off}
    analysis = analyse("hadolint", tmp_path, {"sub/Dockerfile": CODE}, rules=RULES, beside=beside)
    assert len(found(analysis)) == 3


def test_it_can_where_that_is_allowed_and_so_can_comments(tmp_path: Path) -> None:
    code = CODE.replace("USER root", "# hadolint ignore=DL3002\nUSER root")
    beside = {".hadolint.yaml": "ignored: [DL3006]\n"}
    analysis = analyse(
        "hadolint", tmp_path, {"Dockerfile": code}, rules=RULES, beside=beside, own_config=True
    )
    assert {code for code, _, _ in found(analysis)} == {"SC2086"}


def test_images_come_from_the_registries_that_the_rule_names(tmp_path: Path) -> None:
    code = "FROM example.com/a:1\nFROM example.org/b:1\n"
    rules = {"DL3026": {"registries": "docker.io, example.com"}}
    assert found(analyse("hadolint", tmp_path, {"Dockerfile": code}, rules=rules)) == {
        ("DL3026", "Dockerfile", 2)
    }


def test_what_it_leaves_off_by_itself_is_switched_on_by_its_rule(tmp_path: Path) -> None:
    analysis = analyse("hadolint", tmp_path, {"Dockerfile": CODE}, rules={"DL3057": {}})
    assert {code for code, _, _ in found(analysis)} == {"DL3057"}


def test_codes_of_no_catalogue_are_governed_by_a_rule_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "bottega.check.engines.hadolint._catalogue", lambda _command, _version: {"DL3006": ()}
    )
    analysis = analyse("hadolint", tmp_path, {"Dockerfile": CODE}, rules={"other": {}})
    assert {code for code, _, _ in found(analysis)} == {"DL3002", "DL3003", "DL3066", "SC2086"}


def test_the_catalogue_has_every_code_that_the_program_knows() -> None:
    rules = catalogue("hadolint")
    program = Path(ENGINES["hadolint"].locate().command[0]).read_bytes()
    inside = {code.decode() for code in re.findall(rb"\0(DL\d{4})\0", program)}
    about_labels = {f"DL{number}" for number in range(3049, 3057)} | {
        "DL3058"
    }  # only with a schema of labels
    assert inside - rules.keys() <= about_labels
    assert rules["DL3002"].wrong_example == "FROM debian:12\nUSER root\n"
    assert "shell" in rules["SC2086"].tags
    assert rules["DL3026"].options[0].key == "registries"
