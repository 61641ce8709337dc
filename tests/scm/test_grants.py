"""Which credentials a run is given."""

from typing import Any

import pytest

from bottega.scm.grants import granted
from bottega.scm.options import GitOptions


def rules(*credentials: dict[str, Any]) -> dict[str, Any]:
    return {"policy": {"loopback": True}, "credentials": [{"secret": "s", **one} for one in credentials]}


def checkout(url: str, submodules: bool = False, **changes: Any) -> dict[str, Any]:
    return {"action": "checkout", "inputs": {"url": url, "submodules": submodules}, **changes}


def hosts(given: dict[str, Any]) -> list[str]:
    # What is given has to be readable by the runner.
    return [one.host for one in GitOptions.from_dict(given).credentials]


OURS = {"host": "ours.example", "username": "ci"}
THEIRS = {"host": "theirs.example", "username": "ci"}
OUR_KEY = {"host": "ours.example", "kind": "ssh-key"}


def test_a_run_gets_the_credentials_of_the_host_it_checks_out_from_and_no_others() -> None:
    given = granted(rules(OURS, THEIRS, OUR_KEY), [checkout("https://ours.example/app.git")])
    assert given["credentials"] == [{"secret": "s", **OURS}]
    assert given["policy"] == {"loopback": True}


@pytest.mark.parametrize(
    "step",
    [
        {"action": "sh", "inputs": {"command": "echo https://ours.example/app.git"}},
        {"action": "sh", "inputs": {"url": "https://ours.example/app.git"}},
        checkout("https://ours.example/app.git", enabled=False),
        checkout("https://ours.example.evil.example/app.git"),
        checkout("https://ours.example:8443/app.git"),
        checkout("https://user@ours.example/app.git"),
        checkout("file:///ours.example"),
        checkout("${url}"),
        checkout(""),
        {"action": "checkout", "inputs": {}},
    ],
)
def test_a_run_that_fetches_from_no_known_host_gets_none(step: dict[str, Any]) -> None:
    assert granted(rules(OURS, THEIRS), [step])["credentials"] == []


def test_each_checkout_of_a_run_counts() -> None:
    steps = [checkout("https://ours.example/a"), checkout("https://theirs.example/b")]
    assert hosts(granted(rules(OURS, THEIRS), steps)) == ["ours.example", "theirs.example"]


def test_submodules_may_be_reached_on_the_same_host_in_another_way() -> None:
    steps = [checkout("https://ours.example/a", submodules=True)]
    assert [one["host"] for one in granted(rules(OUR_KEY, THEIRS), steps)["credentials"]] == ["ours.example"]
    assert hosts(granted(rules(OUR_KEY), [checkout("https://ours.example/a")])) == []


def test_a_host_of_submodules_is_only_given_to_repositories_its_administrator_named() -> None:
    shared = {"host": "shared.example", "submodules_of": ["ours.example", "other.example:8443"]}
    with_submodules = [checkout("ssh://git@ours.example/a", submodules=True)]
    assert hosts(granted(rules(shared), with_submodules)) == ["shared.example"]
    assert hosts(granted(rules(shared), [checkout("ssh://git@ours.example/a")])) == []
    for url in ("https://theirs.example/a", "https://other.example/a", "https://sub.ours.example/a"):
        assert hosts(granted(rules(shared), [checkout(url, submodules=True)])) == []
    assert hosts(granted(rules(shared), [checkout("https://other.example:8443/a", submodules=True)])) != []


def test_steps_of_a_repository_get_no_secrets_of_hosts_that_do_not_trust_it() -> None:
    # What a file names in a repository is not what the owner of the task has named.
    steps = [checkout("https://ours.example/b"), checkout("https://theirs.example/b")]
    for source in ("https://ours.example/a", "ssh://git@ours.example/a"):
        assert hosts(granted(rules(OURS, THEIRS), steps, source)) == ["ours.example"]
    trusting = {**THEIRS, "submodules_of": ["ours.example"]}
    assert len(hosts(granted(rules(OURS, trusting), steps, "https://ours.example/a"))) == 2
    for source in ("https://evil.example/a", "file:///srv/a", "no url"):
        assert hosts(granted(rules(OURS, THEIRS), steps, source)) == []


def test_the_rules_themselves_stay_as_they_are() -> None:
    whole = rules(OURS, THEIRS)
    granted(whole, [checkout("https://ours.example/app.git")])
    assert whole == rules(OURS, THEIRS)
    assert granted({}, [checkout("https://ours.example/app.git")]) == {"credentials": []}
