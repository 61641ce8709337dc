"""What zizmor finds in the files by which GitHub runs code."""

from pathlib import Path

import pytest

from bottega.check.engines import ENGINES
from bottega.check.severities import Severity
from tests.check.engines.working import analyse, catalogue, found, one

CODE = """on: pull_request_target
permissions: {}
jobs:
  a:
    name: é
    runs-on: ubuntu-24.04
    steps:
      - run: echo "é😀 ${{ github.event.pull_request.title }}"
"""
RULES = {"dangerous-triggers": {}, "template-injection": {}}
FOLDER = ".github/workflows"


@pytest.mark.parametrize("name", ["a b.yml", "-x.yaml", "a\nb.yml"])
def test_findings_have_their_rule_and_place_whatever_the_file_is_called(tmp_path: Path, name: str) -> None:
    path = f"{FOLDER}/{name}"
    analysis = analyse("zizmor", tmp_path, {path: CODE}, rules=RULES)
    assert found(analysis) == {("dangerous-triggers", path, 1), ("template-injection", path, 8)}
    finding = one(analysis, "template-injection")
    assert (finding.column, finding.severity) == (27, Severity.SERIOUS)
    assert not analysis.unread


def test_a_name_it_cannot_be_given_is_told(tmp_path: Path) -> None:
    analysis = analyse("zizmor", tmp_path, {f"{FOLDER}/n\udcffm.yml": CODE}, rules=RULES)
    assert list(analysis.unread) == [f"{FOLDER}/n\udcffm.yml"]


def test_a_file_that_is_no_workflow_is_not_called_clean_and_stops_no_other(tmp_path: Path) -> None:
    bad = {
        f"{FOLDER}/bad.yml": "on: [\n",
        f"{FOLDER}/empty.yml": "",
        f"{FOLDER}/other.yml": CODE.replace("run: echo", "uses: no/version #"),
    }
    analysis = analyse("zizmor", tmp_path, {**bad, f"{FOLDER}/good.yml": CODE}, rules=RULES)
    assert analysis.unread.keys() == bad.keys()
    assert "line 4" in analysis.unread[f"{FOLDER}/other.yml"]
    assert len(found(analysis)) == 2


def test_bad_files_alone_are_named_as_well(tmp_path: Path) -> None:
    analysis = analyse("zizmor", tmp_path, {f"{FOLDER}/bad.yml": "on: [\n"}, rules=RULES)
    assert list(analysis.unread) == [f"{FOLDER}/bad.yml"]


def test_the_repository_cannot_switch_rules_off_but_comments_in_the_code_can(tmp_path: Path) -> None:
    off = "rules:\n  dangerous-triggers: {disable: true}\n  template-injection: {disable: true}\n"
    code = CODE.replace("_target", "_target # zizmor: ignore[dangerous-triggers]")
    beside = {"zizmor.yml": off, ".github/zizmor.yml": off, ".gitignore": "*\n"}
    analysis = analyse("zizmor", tmp_path, {f"{FOLDER}/a.yml": code}, rules=RULES, beside=beside)
    assert {code for code, _, _ in found(analysis)} == {"template-injection"}


def test_it_looks_at_nothing_but_files_of_its_kinds() -> None:
    def taken(path: str) -> bool:
        return ENGINES["zizmor"].takes(path, {"YAML"})

    assert all(
        map(taken, [f"{FOLDER}/a.yml", f"sub/{FOLDER}/a.yaml", "x/action.yml", ".github/dependabot.yml"])
    )
    assert not any(map(taken, ["a.yml", "workflows/a.yml", "dependabot.yml", f"{FOLDER}/sub/a.yml"]))


def test_the_catalogue_is_what_the_analyser_says_of_our_samples() -> None:
    rules = catalogue("zizmor")
    assert len(rules) > 30
    assert rules["template-injection"].severity == Severity.SERIOUS
    assert "github.event.issue.title" in rules["template-injection"].wrong_example
    assert {"dependabot-cooldown", "insecure-url-scheme", "other"} <= rules.keys()
