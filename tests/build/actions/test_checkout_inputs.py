import pytest

from bottega.build.actions import InputError
from bottega.build.actions.checkout import CheckoutInputs

URL = "https://host/r.git"


def test_a_branch_is_enough() -> None:
    found = CheckoutInputs.from_inputs({"url": URL, "branch": "main", "scm": "codehub"})
    assert (found.url, found.build_type, found.branch) == (URL, "branch", "main")
    assert (found.depth, found.submodules, found.lfs, found.path) == (1, False, False, "")


def test_a_commit_beats_a_tag_and_a_tag_beats_a_branch() -> None:
    raw = {"url": URL, "branch": "main", "tag": "v1"}
    assert CheckoutInputs.from_inputs(raw).build_type == "tag"
    assert CheckoutInputs.from_inputs({**raw, "commit": "a" * 40}).build_type == "commitId"
    assert CheckoutInputs.from_inputs({**raw, "build_type": "branch"}).build_type == "branch"


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"branch": "main"}, "url"),
        ({"url": URL, "branch": "main", "build_type": "tag"}, "tag"),
        ({"url": URL, "branch": "main", "build_type": "commitId"}, "commit"),
        ({"url": URL, "branch": "main", "build_type": "guess"}, "build_type"),
        ({"url": URL, "branch": "main", "depth": "deep"}, "depth"),
    ],
)
def test_what_is_missing_or_wrong_is_named(raw: dict[str, object], field: str) -> None:
    with pytest.raises(InputError) as caught:
        CheckoutInputs.from_inputs(raw)
    assert caught.value.field == field


def test_both_spellings_of_the_submodules_switch_are_taken() -> None:
    for word in ("submodule", "submodules"):
        assert CheckoutInputs.from_inputs({"url": URL, "branch": "m", word: "true"}).submodules
