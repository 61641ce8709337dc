"""Issues are recognised after every kind of edit, and never taken for others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bottega.check.tracking.matching import Matching, match
from tests.check.tracking.detector import known, scan
from tests.check.tracking.village import EDITS, FIRST_NEW, Program, edited, mended, program

LANGUAGES = ("PYTHON", "JAVASCRIPT", "JAVA", "C++")
WANTED = 0.99


def kept(village: Program, after: Program, drift: int = 0) -> tuple[int, int, int, Matching]:
    """How many issues survived, how many of them were recognised, and how many were taken for others."""
    findings, names, before = scan(village)
    found, new_names, now = scan(after, drift)
    matching = match(known(findings), found, before, now)
    survived = set(names) & set(new_names)
    right = wrong = 0
    for finding, issue in matching.links.items():
        if new_names[finding] == names[issue]:
            right += 1
        else:
            wrong += 1
    return len(survived), right, wrong, matching


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("edit", EDITS)
def test_issues_survive_every_kind_of_edit(language: str, edit: str) -> None:
    village = program(language, 7)
    survived, right, _, matching = kept(village, edited(edit, village, 11))
    assert survived > 300
    assert right >= WANTED * survived
    assert not matching.edited


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_in_messages_may_drift(language: str) -> None:
    village = program(language, 7)
    survived, right, wrong, _ = kept(village, village, drift=1000)
    assert (right, wrong) == (survived, 0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_mended_is_not_carried_over_to_what_is_new(language: str) -> None:
    village = program(language, 7)
    after = mended(village, 3)
    gone = {one.name for one in village.statements} - {one.name for one in after.statements}
    findings, names, before = scan(village)
    found, new_names, now = scan(after)
    matching = match(known(findings), found, before, now)
    carried = [
        finding
        for finding, issue in matching.links.items()
        if new_names[finding] >= FIRST_NEW and names[issue] in gone and finding not in matching.edited
    ]
    assert not carried
    assert len(gone) > 50


@given(seed=st.integers(0, 10_000), first=st.sampled_from(EDITS), then=st.sampled_from(EDITS))
def test_issues_survive_two_edits_at_once(seed: int, first: str, then: str) -> None:
    village = program("JAVA", seed, files=6)
    survived, right, _, _ = kept(village, edited(then, edited(first, village, seed), seed + 1))
    assert right >= 0.97 * survived


@given(seed=st.integers(0, 10_000))
def test_every_finding_and_every_issue_is_accounted_for_once(seed: int) -> None:
    village = program("PYTHON", seed, files=4)
    after = edited(EDITS[seed % len(EDITS)], village, seed)
    findings, _, before = scan(village)
    found, _, now = scan(after)
    matching = match(known(findings), found, before, now)
    assert sorted([*matching.links, *matching.new]) == list(range(len(found)))
    assert sorted([*matching.links.values(), *matching.missing]) == list(range(len(findings)))
