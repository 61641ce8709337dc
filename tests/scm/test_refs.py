import contextlib
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bottega.scm.refs import RefRefused, check_attempt, check_branch, check_commit, check_tag

# Dense in the characters that git has rules about.
NAMES = st.text(alphabet=st.sampled_from("ab/.-@{}~^:?*[\\ \x01\x7f\nlockHEAD中é"), max_size=12)


def git_accepts(*arguments: str) -> bool:
    return (
        subprocess.run(["git", "check-ref-format", *arguments], capture_output=True, check=False).returncode
        == 0
    )


def is_accepted(check: object, name: str) -> bool:
    try:
        check(name)  # type: ignore[operator]
    except RefRefused as refused:
        assert refused.reason
        assert refused.reason.isprintable()
        return False
    return True


@settings(max_examples=150, deadline=None)
@given(NAMES.filter(lambda name: not name.startswith("refs/")))
def test_tags_are_accepted_just_as_git_accepts_them(name: str) -> None:
    expected = git_accepts(f"refs/tags/{name}") and not name.startswith("-")
    assert is_accepted(check_tag, name) == expected


@settings(max_examples=150, deadline=None)
@given(NAMES.filter(lambda name: not name.startswith("refs/")))
def test_branches_are_accepted_just_as_git_accepts_them(name: str) -> None:
    expected = git_accepts(f"refs/heads/{name}") and not name.startswith("-") and name not in ("HEAD", "@")
    assert is_accepted(check_branch, name) == expected


@settings(deadline=None)
@given(st.text())
def test_any_text_is_either_refused_or_kept_as_it_is(text: str) -> None:
    for check in (check_branch, check_tag, check_commit, check_attempt):
        with contextlib.suppress(RefRefused):
            assert check(text).lower() == text.lower().removeprefix("refs/heads/").removeprefix("refs/tags/")


@pytest.mark.parametrize(
    "name", ["--upload-pack=x", "-h", "", "a b", "x\ny", "refs/heads/-x", "\ud800", "a" * 251]
)
def test_names_that_could_be_options_or_cannot_be_refs_are_refused(name: str) -> None:
    for check in (check_branch, check_tag, check_commit):
        with pytest.raises(RefRefused):
            check(name)


def test_a_branch_may_be_given_by_its_full_name() -> None:
    assert check_branch("refs/heads/feature/x") == "feature/x"
    assert check_branch("feature/x") == "feature/x"
    assert check_tag("refs/tags/v1.0") == "v1.0"


@pytest.mark.parametrize("name", ["refs/tags/v1", "refs/remotes/origin/x", "refs/heads/refs/heads/x"])
def test_a_full_name_of_another_kind_is_no_branch(name: str) -> None:
    with pytest.raises(RefRefused, match="must be a short name"):
        check_branch(name)


def test_commits_are_hexadecimal_and_come_back_in_lower_case() -> None:
    assert check_commit("ABCDEF0") == "abcdef0"
    assert check_commit("a" * 40) == "a" * 40
    for bad in ("abcdef", "a" * 41, "g" * 40, "HEAD", "abcdef0\n"):
        with pytest.raises(RefRefused, match="hexadecimal"):
            check_commit(bad)


def test_an_attempt_name_is_one_part_of_a_ref() -> None:
    assert check_attempt("0190-ab.1") == "0190-ab.1"
    for bad in ("a/b", "..", ".x", "x.lock", ""):
        with pytest.raises(RefRefused):
            check_attempt(bad)
