from collections.abc import Callable
from pathlib import Path

import pytest

from bottega.scm.submodules import resolve_url
from bottega.scm.urls import UrlPolicy, UrlRefused, parse
from tests.scm.forge import publish, serving
from tests.scm.origins import Origin
from tests.scm.steps import FolderContext

Make = Callable[..., FolderContext]


def add_submodule(parent: Origin, url: str, path: str, commit: str) -> None:
    """As ``git submodule add`` leaves it, for any URL."""
    with (parent.path / ".gitmodules").open("a") as modules:
        modules.write(f'[submodule "{path}"]\n\tpath = {path}\n\turl = {url}\n')
    parent.git("update-index", "--add", "--cacheinfo", f"160000,{commit},{path}")
    parent.git("add", ".gitmodules")
    parent.git("commit", "--quiet", "-m", f"add {path}")


def child_of(origin: Origin, name: str) -> Origin:
    child = Origin(origin.path.parent / name)
    child.commit("child", **{"inner": f"{name}\n"})
    return child


def test_submodules_are_left_alone_unless_asked_for(origin: Origin, context: Make) -> None:
    child = child_of(origin, "child")
    add_submodule(origin, child.url, "libs/child", child.git("rev-parse", "HEAD"))
    ctx = context()
    assert ctx.checkout(origin.url, branch="main") == 0
    assert list((ctx.workspace / "libs/child").iterdir()) == []


@pytest.mark.parametrize("relative", [True, False])
def test_submodules_are_checked_out_at_their_commit_however_deep(
    origin: Origin, context: Make, relative: bool
) -> None:
    grandchild = child_of(origin, "grandchild")
    child = child_of(origin, "child")
    add_submodule(
        child, "../grandchild" if relative else grandchild.url, "sub", grandchild.git("rev-parse", "HEAD")
    )
    wanted = child.git("rev-parse", "HEAD")
    child.commit("later", inner="later")
    add_submodule(origin, "./../child" if relative else child.url, "libs/child", wanted)
    ctx = context()

    assert ctx.checkout(origin.url, branch="main", submodules=True, path="src") == 0, ctx.lines

    assert (ctx.workspace / "src/libs/child/inner").read_text() == "child\n"
    assert (ctx.workspace / "src/libs/child/sub/inner").read_text() == "grandchild\n"
    status = ctx.git_in_workspace("submodule", "status", folder="src").split()
    assert status[:2] == [wanted, "libs/child"]
    assert ctx.git_in_workspace("status", "--porcelain", folder="src") == ""
    assert ctx.env["COMMIT_ID"] == origin.git("rev-parse", "HEAD")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ext::sh -c true", "transport helper"),
        ("https://user:pw@host/x", "credential"),
        ("https://169.254.169.254/x", "link-local"),
        ("../../../../../../../../../..", "leads above"),
    ],
)
def test_a_submodule_url_goes_through_the_same_policy(
    origin: Origin, context: Make, url: str, reason: str
) -> None:
    add_submodule(origin, url, "libs/child", "1" * 40)
    ctx = context()
    assert ctx.checkout(origin.url, branch="main", submodules=True) == 1
    (error,) = ctx.errors()
    assert error.startswith("The URL of the submodule 'libs/child' is refused: ")
    assert reason in error


def test_a_submodule_url_that_is_an_option_stops_the_fetch(
    origin: Origin, context: Make, tmp_path: Path
) -> None:
    trap = tmp_path / "trap"
    add_submodule(origin, f"--upload-pack=touch {trap}", "libs/child", "1" * 40)
    ctx = context()
    assert ctx.checkout(origin.url, branch="main", submodules=True) == 1
    assert "malformed or malicious" in ctx.errors()[0]
    assert not trap.exists()


@pytest.mark.parametrize("allowed", [True, False])
def test_a_repository_on_the_network_cannot_reach_the_agents_disk(
    origin: Origin, context: Make, tmp_path: Path, allowed: bool
) -> None:
    secret = child_of(origin, "secret")
    add_submodule(origin, secret.url, "libs/secret", secret.git("rev-parse", "HEAD"))
    publish(origin.path, tmp_path / "web/app.git")
    with serving(tmp_path / "web") as forge:
        ctx = context(git={"policy": {"file_urls": allowed, "loopback": True, "allow_http": True}})
        assert ctx.checkout(f"{forge.url}/app.git", branch="main", submodules=True) == 1
    assert "is refused" in ctx.errors()[0]
    assert not (ctx.workspace / "libs/secret/inner").exists()


def test_submodules_without_end_are_stopped(origin: Origin, context: Make) -> None:
    below = child_of(origin, "level0")
    for level in range(1, 7):
        above = child_of(origin, f"level{level}")
        add_submodule(above, below.url, "sub", below.git("rev-parse", "HEAD"))
        below = above
    ctx = context()
    assert ctx.checkout(below.url, branch="main", submodules=True) == 1
    assert ctx.errors() == ["Submodules are nested deeper than 5 levels."]


def test_an_entry_without_a_commit_is_passed_over(origin: Origin, context: Make) -> None:
    origin.commit(
        "half", **{".gitmodules": '[submodule "x"]\n\tpath = file\n\turl = https://host/x\n[submodule "y"]\n'}
    )
    ctx = context()
    assert ctx.checkout(origin.url, branch="main", submodules=True) == 0


def test_a_missing_commit_of_a_submodule_is_named(origin: Origin, context: Make) -> None:
    child = child_of(origin, "child")
    add_submodule(origin, child.url, "libs/child", "1" * 40)
    ctx = context()
    assert ctx.checkout(origin.url, branch="main", submodules=True) == 1
    assert ctx.errors() == [f"There is no commit {'1' * 40} in {child.url}."]


@pytest.mark.parametrize(
    ("parent", "url", "resolved"),
    [
        ("https://host/grp/app.git", "../lib.git", "https://host/grp/lib.git"),
        ("https://host/grp/app.git", "../../other/lib.git", "https://host/other/lib.git"),
        ("https://host/grp/app.git", "./lib.git", "https://host/grp/app.git/lib.git"),
        ("git@host:grp/app.git", "../lib.git", "git@host:grp/lib.git"),
        ("git@host:app.git", "../lib.git", "git@host:lib.git"),
        ("ssh://git@host:2222/app.git", "../lib.git", "ssh://git@host:2222/lib.git"),
        ("https://host/app", "https://other/lib", "https://other/lib"),
    ],
)
def test_relative_urls_start_at_the_parents(parent: str, url: str, resolved: str) -> None:
    assert resolve_url(parse(parent), url, UrlPolicy()).text == resolved


@pytest.mark.parametrize("url", ["../../../x", "../a/../../x", "./.."])
def test_relative_urls_that_leave_the_host_are_refused(url: str) -> None:
    with pytest.raises(UrlRefused):
        resolve_url(parse("https://host/grp/app.git"), url, UrlPolicy())
