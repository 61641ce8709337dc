import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bottega.scm.mirror import Mirrors
from tests.scm.origins import Origin, object_count
from tests.scm.steps import FolderContext

Make = Callable[..., FolderContext]


def test_a_branch_is_checked_out_and_leaves_a_usable_repository(origin: Origin, context: Make) -> None:
    origin.git("tag", "-a", "v1", "-m", "v1")
    commit = origin.commit("second", file="changed\n")
    origin.git("branch", "other", "HEAD~1")
    ctx = context()

    assert ctx.checkout(origin.url, branch="refs/heads/main", build_type="branch") == 0

    assert (ctx.workspace / "file").read_text() == "changed\n"
    assert (ctx.workspace / "folder/deep").read_text() == "two\n"
    assert ctx.git_in_workspace("status", "--porcelain") == ""
    assert ctx.git_in_workspace("symbolic-ref", "HEAD") == "refs/heads/main"
    assert ctx.git_in_workspace("describe") == f"v1-1-g{commit[:7]}"
    assert ctx.git_in_workspace("log", "--format=%s").splitlines() == ["second", "first"]
    assert ctx.git_in_workspace("remote", "get-url", "origin") == origin.url
    assert ctx.git_in_workspace("diff", "--name-only", "origin/other...HEAD") == "file"
    assert ctx.git_in_workspace("status", "-sb").splitlines() == ["## main...origin/main"]
    assert ctx.git_in_workspace("fsck", "--connectivity-only") == ""


def test_the_facts_of_the_commit_reach_the_server_and_later_steps(origin: Origin, context: Make) -> None:
    commit = origin.commit("subject\n\nbody", file="x")
    ctx = context()
    assert ctx.checkout(origin.url, branch="main") == 0
    assert ctx.env["COMMIT_ID"] == commit
    assert ctx.env["COMMIT_ID_SHORTER"] == commit[:8]
    assert "GIT_TAG" not in ctx.env
    assert ctx.facts == [
        {
            "url": origin.url,
            "branch": "main",
            "tag": "",
            "commit": commit,
            "message": "subject\n\nbody",
            "author": "Ada <ada@example.org>",
            "committed_at": "2024-02-03T04:05:06+08:00",
        }
    ]


def test_a_tag_is_checked_out_detached_and_names_itself(origin: Origin, context: Make) -> None:
    tagged = origin.git("rev-parse", "HEAD")
    origin.git("tag", "-a", "main", "-m", "called like the branch")
    origin.commit("later", file="later")
    ctx = context()
    assert ctx.checkout(origin.url, tag="main", branch="main", build_type="tag") == 0
    assert ctx.env["GIT_TAG"] == "main"
    assert ctx.env["COMMIT_ID"] == tagged
    assert ctx.git_in_workspace("rev-parse", "HEAD") == tagged


def test_an_annotated_tag_called_like_a_branch_does_not_decide_a_branch_build(
    origin: Origin, context: Make
) -> None:
    origin.git("tag", "main")
    latest = origin.commit("later", file="later")
    ctx = context()
    assert ctx.checkout(origin.url, branch="main", tag="", build_type="branch") == 0
    assert ctx.env["COMMIT_ID"] == latest


@pytest.mark.parametrize("length", [8, 40])
def test_a_commit_is_checked_out_by_its_id_short_or_whole(origin: Origin, context: Make, length: int) -> None:
    first = origin.git("rev-parse", "HEAD")
    origin.commit("second", file="two")
    # A branch called like the shortened id must not win.
    origin.git("branch", first[:8])
    ctx = context()
    assert ctx.checkout(origin.url, commit=first[:length].upper(), build_type="commitId") == 0
    assert ctx.env["COMMIT_ID"] == first


def test_a_commit_that_is_on_no_branch_is_fetched_by_its_id(origin: Origin, context: Make) -> None:
    change = origin.commit("under review", file="two")
    origin.git("update-ref", "refs/changes/1", "HEAD")
    origin.git("reset", "--quiet", "--hard", "HEAD~1")
    origin.git("config", "uploadpack.allowAnySHA1InWant", "true")
    ctx = context()
    assert ctx.checkout(origin.url, commit=change, build_type="commitId") == 0
    assert (ctx.workspace / "file").read_text() == "two"


def test_without_a_branch_the_default_one_is_built(origin: Origin, context: Make) -> None:
    origin.git("branch", "-m", "main", "trunk")
    ctx = context()
    assert ctx.checkout(origin.url) == 0
    assert ctx.git_in_workspace("symbolic-ref", "--short", "HEAD") == "trunk"


def test_the_second_build_fetches_only_what_changed(origin: Origin, context: Make) -> None:
    for number in range(20):
        origin.commit(str(number), file=f"content {number}\n")
    assert context("one").checkout(origin.url, branch="main") == 0
    mirror = context().mirror
    before = object_count(mirror)
    origin.commit("one more", file="one more")

    second = context("two")
    assert second.checkout(origin.url, branch="main") == 0

    assert before > 60
    assert object_count(mirror) - before == 3  # a commit, a tree and a blob
    assert (second.workspace / "file").read_text() == "one more"


def test_a_commit_that_the_mirror_has_is_not_asked_for_again(origin: Origin, context: Make) -> None:
    commit = origin.git("rev-parse", "HEAD")
    first, second = context("one"), context("two")
    assert first.checkout(origin.url, commit=commit) == 0
    assert second.checkout(origin.url, commit=commit) == 0
    assert (first.fetches, second.fetches) == (1, 0)


def test_a_folder_below_the_workspace_can_be_the_target(origin: Origin, context: Make) -> None:
    ctx = context()
    assert ctx.checkout(origin.url, branch="main", path="./libs/one/") == 0
    assert ctx.checkout(origin.url, branch="main", path="libs/two") == 0
    assert (ctx.workspace / "libs/one/file").exists()
    assert ctx.git_in_workspace("status", "--porcelain", folder="libs/two") == ""


@pytest.mark.parametrize("path", ["/etc", "../up", "a/../../b", "a\nb", "sub/.git/hooks", ".GIT"])
def test_a_path_outside_the_workspace_is_refused(origin: Origin, context: Make, path: str) -> None:
    ctx = context()
    assert ctx.checkout(origin.url, branch="main", path=path) != 0
    assert len(ctx.errors()) == 1
    assert not ctx.trusted


def test_a_missing_branch_is_answered_with_the_nearest_names(origin: Origin, context: Make) -> None:
    origin.git("branch", "maintenance")
    origin.git("branch", "feature/login")
    ctx = context()
    assert ctx.checkout(origin.url, branch="mian") == 1
    assert ctx.errors() == [
        f"There is no branch 'mian' in {origin.url}; the nearest names are 'main', 'maintenance'."
    ]


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"tag": "v9", "build_type": "tag"}, "There is no tag 'v9' in {url}; it has no tag at all."),
        ({"commit": "f" * 40}, "There is no commit ffffffffffffffffffffffffffffffffffffffff in {url}."),
        ({"build_type": "svn"}, "Cannot check out: the build type 'svn' is none of branch, tag, commitId."),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(
    origin: Origin, context: Make, inputs: dict[str, str], sentence: str
) -> None:
    ctx = context()
    assert ctx.checkout(origin.url, **inputs) == 1
    assert ctx.errors() == [sentence.format(url=origin.url)]


def test_a_tag_of_a_file_cannot_be_built_and_costs_no_mirror(origin: Origin, context: Make) -> None:
    origin.git("tag", "key", "HEAD:file")
    ctx = context()
    assert ctx.checkout(origin.url, tag="key") == 1
    assert ctx.errors() == [f"The tag key in {origin.url} does not point to a commit."]
    assert not [level for level, _ in ctx.lines if level == "WARN"]


def test_a_missing_repository_is_said_in_one_sentence(tmp_path: Path, context: Make) -> None:
    ctx = context()
    assert ctx.checkout(f"file://{tmp_path}/nothing", branch="main") == 1
    assert ctx.errors() == [
        f"Cannot fetch file://{tmp_path}/nothing: there is no repository at this address "
        f"(git: '{tmp_path}/nothing' does not appear to be a git repository)."
    ]
    assert ctx.reason == ctx.errors()[0]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to another user")
def test_a_repository_of_another_user_is_not_trusted_and_the_reason_is_said(
    origin: Origin, context: Make
) -> None:
    for path in [origin.path, *origin.path.rglob("*")]:
        os.chown(path, 61999, 61999, follow_symlinks=False)
    ctx = context()
    assert ctx.checkout(origin.url, branch="main") == 1
    assert "belongs to another user" in ctx.errors()[0]


def test_an_empty_repository_is_said_to_have_no_branch(tmp_path: Path, context: Make) -> None:
    empty = Origin(tmp_path / "empty")
    ctx = context()
    assert ctx.checkout(empty.url, branch="main") == 1
    assert ctx.errors() == [f"There is no branch 'main' in {empty.url}; it has no branch at all."]


def test_wrong_git_settings_are_named(origin: Origin, context: Make) -> None:
    ctx = context(git={"polizy": {}})
    assert ctx.checkout(origin.url, branch="main") == 1
    assert ctx.errors() == ["The server's git settings cannot be used: unknown git option: polizy."]


def test_a_fetch_that_takes_too_long_is_stopped(origin: Origin, context: Make, tmp_path: Path) -> None:
    ctx = context(git={"policy": {"file_urls": True}, "fetch_seconds": 0.001})
    assert ctx.checkout(origin.url, branch="main") == 1
    assert ctx.errors() == [f"Cannot fetch {origin.url}: it took longer than 0 seconds."]


def test_a_repository_above_the_size_limit_is_refused_and_leaves_nothing(
    origin: Origin, context: Make
) -> None:
    origin.commit("large", big="".join(f"{n * 7919 % 1000003}\n" for n in range(200_000)))
    ctx = context(git={"policy": {"file_urls": True}, "max_bytes": 100_000})
    assert ctx.checkout(origin.url, branch="main") == 1
    (error,) = ctx.errors()
    assert f"Cannot fetch {origin.url}: it is larger than this server allows for a repository" in error
    assert object_count(ctx.mirror) == 0


def test_a_pin_lasts_until_the_run_ends(origin: Origin, context: Make) -> None:
    ctx = context("run7")
    assert ctx.checkout(origin.url, branch="main") == 0
    mirrors = Mirrors(ctx.mirrors_root)
    (mirror,) = mirrors.all()
    assert mirror.pins() == [("run7", ctx.env["COMMIT_ID"])]
    mirrors.unpin("run8")
    assert mirror.pins()
    mirrors.unpin("run7")
    assert mirror.pins() == []


def test_files_that_are_not_of_the_commit_survive_a_checkout(origin: Origin, context: Make) -> None:
    ctx = context()
    (ctx.workspace / "kept").write_text("mine")
    assert ctx.checkout(origin.url, branch="main") == 0
    assert (ctx.workspace / "kept").read_text() == "mine"


def test_many_branches_and_tags_end_up_in_one_file_each(origin: Origin, context: Make) -> None:
    commit = origin.git("rev-parse", "HEAD")
    packed = "# pack-refs with: peeled fully-peeled sorted \n" + "".join(
        f"{commit} refs/heads/b{number:04}\n" for number in range(1000)
    )
    (origin.path / ".git/packed-refs").write_text(packed)
    ctx = context()
    assert ctx.checkout(origin.url, branch="b0500") == 0
    assert len(ctx.git_in_workspace("branch", "-r").splitlines()) == 1001
    assert len(list((ctx.mirror / "refs/heads").iterdir())) == 0


def test_lfs_without_lfs_files_needs_no_program(origin: Origin, context: Make) -> None:
    ctx = context()
    assert ctx.checkout(origin.url, branch="main", lfs=True) == 0
    assert ("INFO", "The commit has no files in Git LFS.") in ctx.lines


def test_lfs_files_without_git_lfs_are_an_error_that_names_it(
    origin: Origin, context: Make, tmp_path: Path
) -> None:
    origin.commit("large files", **{"sub__.gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"})
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "git", "mkdir", "rm", "cat"):
        (tools / name).symlink_to(Path("/usr/bin") / name)
    ctx = context()
    ctx.env["PATH"] = str(tools)
    assert ctx.checkout(origin.url, branch="main", lfs=True) == 1
    (error,) = ctx.errors()
    assert "git-lfs is not installed" in error


@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed on this machine")
def test_lfs_files_are_fetched_with_the_commit(origin: Origin, context: Make) -> None:
    content = "large " * 1000
    origin.git("lfs", "install", "--local")
    attributes = {"sub__.gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"}
    origin.commit("a large file", **attributes, **{"sub__big.bin": content})
    ctx = context("whole")
    assert ctx.checkout(origin.url, branch="main", lfs=True) == 0, ctx.lines
    assert (ctx.workspace / "sub/big.bin").read_text() == content
    pointers = context("pointers")
    assert pointers.checkout(origin.url, branch="main") == 0
    assert (pointers.workspace / "sub/big.bin").read_text().startswith("version https://git-lfs")
