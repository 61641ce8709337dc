"""A forge is known by the URLs of its repositories, and its API by its host."""

from pathlib import Path
from typing import Any

import pytest

from bottega.forges.forge import Forge, forges_of
from bottega.settings import ForgeSettings, SettingsError, load


def forge(kind: str, host: str = "git.example.com", **more: Any) -> Forge:
    given: dict[str, Any] = {"api_url": f"https://{host}/api", "token": "the-token", **more}
    return Forge(host=host, kind=kind, **given)


@pytest.mark.parametrize(
    ("url", "repository"),
    [
        ("https://git.example.com/group/Shop.git", "group/Shop"),
        ("http://git.example.com/group/shop/", "group/shop"),
        ("git@git.example.com:group/shop.git", "group/shop"),
        ("ssh://git@git.example.com:2222/group/shop", "group/shop"),
        ("https://git.example.com:8443/group/shop", "group/shop"),
        ("https://other.example.com/group/shop", None),
        ("https://git.example.com/shop", None),
        ("https://git.example.com/a/b/c", None),
        ("file:///git.example.com/group/shop", None),
        ("nonsense", None),
    ],
)
def test_a_repository_is_known_by_its_url(url: str, repository: str | None) -> None:
    assert forge("github").repository(url) == repository


def test_gitlab_has_folders_in_folders_and_hosts_may_have_ports() -> None:
    assert forge("gitlab").repository("https://git.example.com/a/b/c.git") == "a/b/c"
    ported = forge("gitea", "git.example.com:3000")
    assert ported.repository("http://git.example.com:3000/a/b") == "a/b"
    assert ported.repository("ssh://git@git.example.com:22/a/b") == "a/b"
    assert ported.repository("https://git.example.com/a/b") is None


def test_a_forge_may_be_for_some_repositories_only() -> None:
    some = forge("github", repositories=("group/*",))
    assert some.repository("https://git.example.com/group/shop")
    assert some.repository("https://git.example.com/other/shop") is None


@pytest.mark.parametrize(
    ("kind", "host", "url"),
    [
        ("github", "github.com", "https://api.github.com"),
        ("github", "git.example.com", "https://git.example.com/api/v3"),
        ("gitlab", "gitlab.com", "https://gitlab.com/api/v4"),
        ("gitea", "git.example.com:3000", "https://git.example.com:3000/api/v1"),
    ],
)
def test_the_address_of_the_api_follows_from_the_host(tmp_path: Path, kind: Any, host: str, url: str) -> None:
    token = tmp_path / "token"
    token.write_text("secret\n")
    (made,) = forges_of([ForgeSettings(host=host, kind=kind, token_file=str(token))])
    assert (made.api_url, made.token) == (url, "secret")


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff", b"two\nlines", "é".encode()])
def test_a_token_that_cannot_be_read_is_named_before_anything_starts(
    tmp_path: Path, content: bytes | None
) -> None:
    token = tmp_path / "token"
    if content is not None:
        token.write_bytes(content)
    with pytest.raises(SettingsError, match=r"forges of git.example.com: token_file"):
        forges_of([ForgeSettings(host="git.example.com", kind="gitea", token_file=str(token))])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "svn"}, "forges"),
        ({"host": ""}, "forges"),
        ({"api_url": "git.example.com"}, "forges.api_url"),
        ({"tokn": "x"}, "there is no such setting"),
    ],
)
def test_settings_that_cannot_work_are_refused(change: dict[str, str], said: str) -> None:
    one = {"host": "git.example.com", "kind": "gitea", "token_file": "/x", **change}
    with pytest.raises(SettingsError, match=said):
        load(overrides={"forges": [one]}, environment={})
