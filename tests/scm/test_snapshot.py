"""Single files of one commit of a remote repository, without a checkout."""

import subprocess
from pathlib import Path

import pytest

from bottega.scm.commands import start_directly
from bottega.scm.failures import ScmError, ScmRefusal
from bottega.scm.options import GitOptions
from bottega.scm.snapshot import TooLarge, open_snapshot
from bottega.scm.urls import UrlPolicy
from bottega.scm.wanted import Wanted
from tests.scm.forge import publish, serving
from tests.scm.origins import GIT_ENV, Origin

LOCAL = GitOptions(UrlPolicy(file_urls=True, loopback=True, allow_http=True), fetch_seconds=30.0)
MAIN = Wanted("branch", "main")
LIMIT = 1000


def read(url: str, path: str, wanted: Wanted = MAIN, options: GitOptions = LOCAL) -> tuple[str, bytes | None]:
    with open_snapshot(url, wanted, options, start_directly) as snapshot:
        return snapshot.commit, snapshot.read(path, LIMIT)


def test_a_file_is_read_at_a_branch_a_tag_and_a_commit(origin: Origin) -> None:
    first = origin.commit("one", **{".cloudbuild/build.yml": "one"})
    origin.git("tag", "v1")
    second = origin.commit("two", **{".cloudbuild/build.yml": "two"})
    path = ".cloudbuild/build.yml"
    assert read(origin.url, path) == (second, b"two")
    assert read(origin.url, path, Wanted("tag", "v1")) == (first, b"one")
    assert read(origin.url, path, Wanted("commitId", first)) == (first, b"one")
    # A branch that is called like the beginning of a commit's id is none.
    origin.git("branch", first[:8], second)
    assert read(origin.url, path, Wanted("commitId", first[:8])) == (first, b"one")
    assert read(origin.url, path, Wanted("branch", "")) == (second, b"two")


def test_the_message_of_a_commit_is_read_without_its_files(origin: Origin) -> None:
    first = origin.commit("one\n\nmore of it", a="1")
    origin.git("tag", "-a", "v1", "-m", "of the tag")
    second = origin.commit("two", a="2")
    said: list[tuple[str, str]] = []
    for wanted in (Wanted("tag", "v1"), MAIN, Wanted("commitId", second)):
        with open_snapshot(origin.url, wanted, LOCAL, start_directly, only_commit=True) as snapshot:
            said.append((snapshot.commit, snapshot.message()))
    assert said == [(first, "one\n\nmore of it"), (second, "two"), (second, "two")]


def test_bytes_stay_as_they_are_and_patterns_are_names(origin: Origin) -> None:
    (origin.path / "raw*").write_bytes(b"\xff\xfe\0\r\n")
    (origin.path / "rawx").write_bytes(b"other")
    origin.git("add", "--all")
    origin.git("commit", "--quiet", "-m", "raw")
    assert read(origin.url, "raw*")[1] == b"\xff\xfe\0\r\n"
    assert read(origin.url, "ra*")[1] is None


def test_links_folders_and_what_is_not_there_are_no_files(origin: Origin) -> None:
    (origin.path / "link").symlink_to("/etc/passwd")
    origin.git("add", "--all")
    origin.git("commit", "--quiet", "-m", "link")
    assert [read(origin.url, path)[1] for path in ("link", "folder", "folder/", "nope")] == [None] * 4
    assert read(origin.url, "folder/deep")[1] is not None


def test_a_file_above_the_limit_is_not_read(origin: Origin) -> None:
    origin.commit("large", large="x" * (LIMIT + 1))
    with pytest.raises(TooLarge, match="1001 bytes, 1000 are allowed"):
        read(origin.url, "large")


@pytest.mark.parametrize("filters", [True, False])
def test_files_that_were_left_out_are_asked_for(origin: Origin, tmp_path: Path, filters: bool) -> None:
    commit = origin.commit("file", **{"build.yml": "version: 2.0\n"})
    bare = tmp_path / "web/app.git"
    publish(origin.path, bare)
    if filters:
        subprocess.run(
            ["git", f"--git-dir={bare}", "config", "uploadpack.allowFilter", "true"], env=GIT_ENV, check=True
        )
    with serving(tmp_path / "web") as forge:
        url = f"{forge.url}/app.git"
        assert read(url, "build.yml") == (commit, b"version: 2.0\n")
        assert read(url, "build.yml", Wanted("commitId", commit)) == (commit, b"version: 2.0\n")
        with open_snapshot(url, MAIN, LOCAL, start_directly, only_commit=True) as snapshot:
            assert (snapshot.commit, snapshot.message()) == (commit, "file")


def test_a_plain_file_server_gives_files_too(origin: Origin, tmp_path: Path) -> None:
    commit = origin.commit("file", **{"build.yml": "version: 2.0\n"})
    publish(origin.path, tmp_path / "web/app.git")
    with serving(tmp_path / "web", dumb=True) as forge:
        url = f"{forge.url}/app.git"
        assert read(url, "build.yml") == (commit, b"version: 2.0\n")
        with (
            pytest.raises(ScmRefusal, match="does not give away single commits"),
            open_snapshot(url, MAIN, LOCAL, start_directly, only_commit=True),
        ):
            pass


def test_what_will_never_be_there_is_told_from_what_may_come_back(origin: Origin) -> None:
    for wanted in (Wanted("branch", "nope"), Wanted("tag", "nope"), Wanted("commitId", "f" * 40)):
        with pytest.raises(ScmRefusal, match="There is no"):
            read(origin.url, "file", wanted)
    with pytest.raises(ScmRefusal):
        read(origin.url + "-nope", "file")
    with pytest.raises(ScmError) as raised:
        read("http://127.0.0.1:9/app.git", "file")
    assert not isinstance(raised.value, ScmRefusal)
