"""The URL policy an installation's settings make: the same for the API and for what agents are told."""

from pathlib import Path

import pytest

from bottega.app import git_rules
from bottega.build.definition import Definition, check
from bottega.build.wire import CreateBuildJobScm
from bottega.errors import Invalid
from bottega.scm.policy import url_policy
from bottega.scm.urls import UrlPolicy
from bottega.settings import HttpSettings, ScmSettings, Settings


def settings(tmp_path: Path, *, host: str = "127.0.0.1", scm: ScmSettings | None = None) -> Settings:
    return Settings(data_dir=str(tmp_path / "data"), http=HttpSettings(host=host), scm=scm or ScmSettings())


def allows(known: Settings, url: str) -> bool:
    definition = Definition(arch="x86-64", scms=[CreateBuildJobScm(url=url)])
    try:
        check(definition, url_policy(known))
    except Invalid:
        return False
    return True


def test_agents_hold_urls_against_the_same_policy_as_the_api(tmp_path: Path) -> None:
    for scm in (
        ScmSettings(),
        ScmSettings(file_urls="always", allow_http=False, allowed_hosts=["forge"]),
    ):
        for host in ("127.0.0.1", "0.0.0.0"):
            known = settings(tmp_path, host=host, scm=scm)
            assert UrlPolicy.from_dict(git_rules(known)["policy"]) == url_policy(known)


@pytest.mark.parametrize(
    ("rule", "host", "allowed"),
    [
        ("loopback", "127.0.0.1", True),
        ("loopback", "0.0.0.0", False),
        ("always", "0.0.0.0", True),
        ("never", "127.0.0.1", False),
    ],
)
def test_file_urls_follow_the_rule_and_the_address(
    tmp_path: Path, rule: str, host: str, allowed: bool
) -> None:
    known = settings(tmp_path, host=host, scm=ScmSettings(file_urls=rule))  # pyright: ignore[reportArgumentType]
    assert allows(known, f"file://{tmp_path}/repository") is allowed
    assert not allows(known, f"file://{tmp_path}/data/objects")


def test_hosts_and_http_follow_the_settings(tmp_path: Path) -> None:
    strict = settings(tmp_path, scm=ScmSettings(allow_http=False, allowed_hosts=["*.example.org"]))
    assert allows(strict, "https://git.example.org/a.git")
    assert not allows(strict, "http://git.example.org/a.git")
    assert not allows(strict, "https://example.com/a.git")
    assert allows(settings(tmp_path), "http://example.com/a.git")
