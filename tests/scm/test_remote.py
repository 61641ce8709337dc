from pathlib import Path

import pytest

from bottega.scm.credentials import Credential
from bottega.scm.failures import ScmError
from bottega.scm.options import GitOptions
from bottega.scm.remote import RemoteRefs, list_refs, parse_refs
from bottega.scm.urls import UrlPolicy, UrlRefused
from tests.scm.forge import publish, serving
from tests.scm.origins import Origin

POLICY = UrlPolicy(file_urls=True, loopback=True, allow_http=True)
LOCAL = GitOptions(POLICY, fetch_seconds=30.0)


def test_branches_tags_and_the_default_branch_are_listed(origin: Origin) -> None:
    first = origin.git("rev-parse", "HEAD")
    origin.git("tag", "-a", "v1", "-m", "annotated")
    origin.git("tag", "light")
    latest = origin.commit("second", file="2")
    origin.git("update-ref", "refs/changes/1", "HEAD")
    assert list_refs(origin.url, LOCAL) == RemoteRefs({"main": latest}, {"light": first, "v1": first}, "main")


def test_an_empty_repository_has_nothing_to_list(tmp_path: Path) -> None:
    assert list_refs(Origin(tmp_path / "empty").url, LOCAL).branches == {}


def test_a_private_repository_is_listed_with_its_credential(origin: Origin, tmp_path: Path) -> None:
    publish(origin.path, tmp_path / "web/app.git")
    with serving(tmp_path / "web", user="ada", password="secret") as forge:
        url = f"{forge.url}/app.git"
        with pytest.raises(ScmError, match="access was denied"):
            list_refs(url, LOCAL)
        host = forge.url.removeprefix("http://")
        opened = GitOptions(POLICY, [Credential(host, username="ada", secret="secret")], fetch_seconds=30.0)
        assert "main" in list_refs(url, opened).branches


def test_what_cannot_be_listed_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ScmError, match="there is no repository at this address"):
        list_refs(f"file://{tmp_path}/nothing", LOCAL)
    with pytest.raises(UrlRefused, match="not allowed"):
        list_refs(f"file://{tmp_path}", GitOptions())


def test_an_answer_with_nothing_in_it_is_read_as_no_refs() -> None:
    assert parse_refs("") == RemoteRefs({}, {}, "")
    assert parse_refs("garbage\nref: refs/heads/x\tHEAD\n").head == "x"
