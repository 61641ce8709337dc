"""Credentials that a run brings along for its repository."""

import pytest

from bottega.runs.own_credentials import PASSWORD, USER_NAME, take_out


def test_they_are_for_the_host_of_the_repository_and_are_no_variables_of_steps() -> None:
    secrets = {"TOKEN": "other", USER_NAME: "ada", PASSWORD: "secret"}
    taken = take_out(secrets, "https://git.example.com/shop.git")
    assert taken == [{"host": "git.example.com:443", "kind": "basic", "username": "ada", "secret": "secret"}]
    assert secrets == {"TOKEN": "other"}


@pytest.mark.parametrize("url", ["git@git.example.com:shop.git", "file:///srv/shop.git", ""])
def test_a_repository_that_takes_no_password_is_sent_none(url: str) -> None:
    secrets = {USER_NAME: "ada", PASSWORD: "secret"}
    assert take_out(secrets, url) == []
    assert secrets == {}
