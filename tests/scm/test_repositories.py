"""One repository has many addresses."""

import pytest

from bottega.scm.repositories import same_repository

URL = "https://git.example.com/group/shop.git"


@pytest.mark.parametrize(
    "other",
    [
        "https://git.example.com/group/shop",
        "http://git.example.com:8443/group/shop.git/",
        "git@git.example.com:group/shop.git",
        "ssh://git@GIT.example.com:2222/Group/Shop",
    ],
)
def test_one_repository_has_many_urls(other: str) -> None:
    assert same_repository(URL, other)


@pytest.mark.parametrize(
    "other", ["https://git.example.org/group/shop", "https://git.example.com/shop", "", "nonsense", "ext::sh"]
)
def test_another_repository_is_another(other: str) -> None:
    assert not same_repository(URL, other)


def test_names_of_folders_are_told_apart_by_case() -> None:
    assert same_repository("file:///srv/shop", "file:///srv/shop.git/")
    assert not same_repository("file:///srv/shop", "file:///srv/Shop")
