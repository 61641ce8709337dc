"""From what git wrote to one sentence."""

import pytest

from bottega.scm.failures import TIMED_OUT, ScmRefusal, fetch_error, fetch_failure, readable

URL = "https://forge.example/app.git"


@pytest.mark.parametrize(
    ("errors", "wanted"),
    [
        (
            "remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://forge.example/app.git/'",
            "access was denied; check that the repository exists and that the credential is right "
            "(git: remote: HTTP Basic: Access denied)",
        ),
        (
            "git@forge.example: Permission denied (publickey).\nfatal: Could not read from remote repository.",
            "access was denied; check that the repository exists and that the credential is right "
            "(git: git@forge.example: Permission denied (publickey))",
        ),
        (
            "fatal: unable to access 'https://forge.example/app.git/': SSL certificate problem: self-signed "
            "certificate",
            "the server's TLS certificate is not trusted (git: unable to access 'https://forge.example/app.git/': "
            "SSL certificate problem: self-signed certificate)",
        ),
        ("warning: odd\nerror: something new\nfatal: the end", "git ended with code 128 (something new)"),
        ("", "git ended with code 128"),
    ],
)
def test_a_failure_says_what_it_means_and_what_git_said(errors: str, wanted: str) -> None:
    assert fetch_failure(URL, 128, errors, 10.0) == f"Cannot fetch {URL}: {wanted}."


@pytest.mark.parametrize("doing", ["fetch", "push to"])
def test_what_took_too_long_says_how_long_and_may_be_tried_again(doing: str) -> None:
    error = fetch_error(URL, TIMED_OUT, "", 10.0, doing=doing)
    assert str(error) == f"Cannot {doing} {URL}: it took longer than 10 seconds."
    assert not isinstance(error, ScmRefusal)


def test_words_of_a_remote_cannot_steer_a_terminal_or_fill_a_page() -> None:
    assert readable("fatal: remote error: \x1b[2Jaccess\x07 denied.\r") == "remote error:  [2Jaccess  denied"
    assert len(readable("x" * 5000)) == 200
