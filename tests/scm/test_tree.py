"""The names of a remote repository's files, without a checkout."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bottega.scm.children import Children
from bottega.scm.commands import start_directly
from bottega.scm.credentials import Credential
from bottega.scm.failures import ScmError
from bottega.scm.options import GitOptions
from bottega.scm.tree import list_files
from bottega.scm.urls import UrlPolicy, UrlRefused
from bottega.scm.wanted import Wanted
from tests.scm.forge import publish, serving
from tests.scm.origins import GIT_ENV, Origin
from tests.support.processes import processes_with
from tests.support.waiting import eventually

LOCAL = GitOptions(UrlPolicy(file_urls=True, loopback=True, allow_http=True), fetch_seconds=30.0)
MAIN = Wanted("branch", "main")
FILES = ["file", "folder/deep"]


def listed(url: str, wanted: Wanted = MAIN, options: GitOptions = LOCAL) -> list[str]:
    return list_files(url, wanted, options, start_directly)


def test_the_files_of_a_branch_are_named(origin: Origin) -> None:
    origin.git("switch", "--quiet", "-c", "other")
    origin.commit("more", **{"a name with spaces and ümlauts\n": "x"})
    assert listed(origin.url) == FILES
    assert listed(origin.url, Wanted("branch", "other")) == ["a name with spaces and ümlauts\n", *FILES]


def test_a_tag_is_no_branch_and_the_default_branch_needs_no_name(origin: Origin) -> None:
    origin.git("tag", "-a", "main", "-m", "as the branch is called")
    origin.commit("later", later="x")
    assert listed(origin.url, Wanted("tag", "main")) == FILES
    assert listed(origin.url, MAIN) == listed(origin.url, Wanted("branch", "")) == [*FILES, "later"]


@pytest.mark.parametrize("dumb", [True, False])
def test_files_are_named_over_http(origin: Origin, tmp_path: Path, dumb: bool) -> None:
    publish(origin.path, tmp_path / "web/app.git")
    with serving(tmp_path / "web", dumb=dumb) as forge:
        assert listed(f"{forge.url}/app.git") == FILES


def test_contents_are_left_out_where_the_server_can_do_that(origin: Origin, tmp_path: Path) -> None:
    origin.commit(
        "large", **{"large.bin": Random(1).randbytes(100_000).hex(), ".gitmodules": '[submodule "x"]\n'}
    )
    bare = tmp_path / "web/app.git"
    publish(origin.path, bare)
    # Too little for the file, enough for the names.
    small = GitOptions(LOCAL.policy, max_bytes=20_000)
    with serving(tmp_path / "web") as forge:
        url = f"{forge.url}/app.git"
        with pytest.raises(ScmError, match="larger than this server allows"):
            listed(url, options=small)
        subprocess.run(
            ["git", f"--git-dir={bare}", "config", "uploadpack.allowFilter", "true"], env=GIT_ENV, check=True
        )
        assert listed(url, options=small) == [".gitmodules", *FILES, "large.bin"]


def test_a_private_repository_is_listed_with_its_credential(origin: Origin, tmp_path: Path) -> None:
    publish(origin.path, tmp_path / "web/app.git")
    with serving(tmp_path / "web", user="ada", password="secret") as forge:
        url = f"{forge.url}/app.git"
        with pytest.raises(ScmError, match="access was denied"):
            listed(url)
        host = forge.url.removeprefix("http://")
        known = GitOptions(LOCAL.policy, [Credential(host, username="ada", secret="secret")])
        assert listed(url, options=known) == FILES


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (Wanted("branch", "nope"), "There is no branch 'nope'"),
        (Wanted("tag", "main"), "There is no tag 'main'"),
    ],
)
def test_what_is_not_there_is_named(origin: Origin, wanted: Wanted, sentence: str) -> None:
    with pytest.raises(ScmError, match=sentence):
        listed(origin.url, wanted)


def test_an_unreadable_repository_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ScmError, match="there is no repository at this address"):
        listed(f"file://{tmp_path}/nothing")
    with pytest.raises(ScmError, match="has no default branch"):
        listed(Origin(tmp_path / "empty").url, Wanted("branch", ""))
    refused: list[tuple[str, Any]] = [
        (f"file://{tmp_path}", GitOptions()),
        ("ext::sh -c id", LOCAL),
        ("http://169.254.169.254/x", LOCAL),
    ]
    for url, options in refused:
        with pytest.raises(UrlRefused):
            listed(url, options=options)


def test_nothing_stays_behind(origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    listed(origin.url)
    with pytest.raises(ScmError):
        listed(origin.url, Wanted("branch", "nope"))
    assert list(scratch.iterdir()) == []


def test_all_children_end_at_once_with_what_they_started(tmp_path: Path) -> None:
    children = Children()
    with ThreadPoolExecutor(2) as threads:
        running = [
            threads.submit(children.start, ["sh", "-c", f"sleep 79{n}3 & wait"], GIT_ENV, str(tmp_path))
            for n in (1, 2)
        ]
        eventually(lambda: processes_with("7913") and processes_with("7923"))
        children.stop()
        assert [one.result(timeout=30) for one in running] == [-9, -9]
    eventually(lambda: not processes_with("7913") and not processes_with("7923"))
    assert children.start(["true"], GIT_ENV, str(tmp_path)) != 0
