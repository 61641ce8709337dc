"""Names, URLs and repositories made to run something on the agent."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bottega.scm.environment import environment, git
from bottega.scm.mirror import Mirrors
from bottega.scm.options import GitOptions
from bottega.scm.remote import list_refs
from bottega.scm.urls import UrlPolicy, UrlRefused, parse
from tests.scm.origins import GIT_ENV, Origin
from tests.scm.steps import FolderContext

Make = Callable[..., FolderContext]


@pytest.mark.parametrize(
    "url", ["--upload-pack=touch {trap}", "ext::touch {trap}", "Ext::sh -c 'touch {trap}'"]
)
def test_a_url_that_is_a_command_runs_nothing(context: Make, tmp_path: Path, url: str) -> None:
    trap = tmp_path / "trap"
    ctx = context()
    assert ctx.checkout(url.format(trap=trap), branch="main") == 1
    with pytest.raises(UrlRefused):
        list_refs(url.format(trap=trap), GitOptions(UrlPolicy(file_urls=True)))
    assert ctx.errors()[0].startswith("The repository URL is refused: ")
    assert not ctx.trusted
    assert not trap.exists()


@pytest.mark.parametrize("kind", ["branch", "tag", "commitId"])
def test_a_name_that_is_an_option_runs_nothing(
    origin: Origin, context: Make, tmp_path: Path, kind: str
) -> None:
    trap = tmp_path / "trap"
    ctx = context()
    name = f"--upload-pack=touch${{IFS}}{trap}"
    assert ctx.checkout(origin.url, build_type=kind, branch=name, tag=name, commit=name) == 1
    assert not ctx.trusted
    assert not trap.exists()


def test_branch_names_full_of_shell_are_only_names(origin: Origin, context: Make, tmp_path: Path) -> None:
    name = "$(touch${IFS}trap)`id`;'\"&|<>"
    origin.git("checkout", "--quiet", "-b", name)
    ctx = context()
    assert ctx.checkout(origin.url, branch=name) == 0
    assert ctx.git_in_workspace("symbolic-ref", "--short", "HEAD") == name
    assert not (ctx.workspace / "trap").exists()


def test_a_poisoned_workspace_runs_nothing_outside_the_sandbox(
    origin: Origin, context: Make, tmp_path: Path
) -> None:
    """All that runs outside is in ``trusted``, and none of it is told of the workspace."""
    trap = tmp_path / "trap"
    ctx = context()
    assert ctx.checkout(origin.url, branch="main") == 0
    hook = ctx.workspace / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {trap}\n")
    hook.chmod(0o755)
    with (ctx.workspace / ".git/config").open("a") as config:
        config.write(f"[core]\n\tfsmonitor = touch {trap}\n\tsshCommand = touch {trap}\n")
    before = len(ctx.trusted)
    assert ctx.checkout(origin.url, branch="main") == 0
    assert not trap.exists()
    assert len(ctx.trusted) > before
    assert not [argv for argv in ctx.trusted if str(ctx.workspace) in " ".join(argv)]
    assert ctx.git_in_workspace("config", "--local", "--get-regexp", "^core").count("fsmonitor") == 0


def test_the_agents_environment_stops_hooks_helpers_and_embedded_repositories(
    origin: Origin, tmp_path: Path
) -> None:
    trap = tmp_path / "trap"
    subprocess.run(
        ["git", "clone", "--quiet", "--bare", origin.path, tmp_path / "work/evil"], env=GIT_ENV, check=True
    )
    with (tmp_path / "work/evil/config").open("a") as config:
        config.write(f"[core]\n\tbare = false\n\tworktree = {tmp_path}\n\tfsmonitor = touch {trap}\n")
    plain = subprocess.run(
        ["git", "status"], cwd=tmp_path / "work/evil", env=GIT_ENV, capture_output=True, check=False
    )
    assert plain.returncode == 0
    assert trap.exists(), "the trap does not work, so the test proves nothing"
    trap.unlink()
    guarded = subprocess.run(
        git("status"),
        cwd=tmp_path / "work/evil",
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "safe.bareRepository" in guarded.stderr
    assert not trap.exists()


def test_variables_of_the_agent_and_of_the_build_do_not_reach_git(
    origin: Origin, context: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "trap"
    config = tmp_path / "config"
    config.write_text(
        f"[core]\n\tsshCommand = touch {trap}\n\tfsmonitor = touch {trap}\n[fetch]\n\tfsckObjects = maybe\n"
    )
    poison = {
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_CONFIG_SYSTEM": str(config),
        "GIT_DIR": str(tmp_path / "elsewhere"),
        "GIT_EXTERNAL_DIFF": f"touch {trap}",
        "GIT_TEMPLATE_DIR": str(tmp_path),
    }
    for name, value in poison.items():
        monkeypatch.setenv(name, value)
    ctx = context()
    ctx.env.update(poison)
    assert ctx.checkout(origin.url, branch="main") == 0, ctx.lines
    assert not trap.exists()
    assert not (tmp_path / "elsewhere").exists()


def test_the_own_data_of_the_agent_cannot_be_built(origin: Origin, context: Make) -> None:
    ctx = context()
    assert ctx.checkout(origin.url, branch="main") == 0
    spy = context("spy", git={"policy": {"file_urls": True, "closed_folders": [str(ctx.root)]}})
    assert spy.checkout(f"file://{ctx.mirror}", branch="main") == 1
    assert "own data" in spy.errors()[0]


def test_mirrors_are_readable_by_build_users_but_cannot_be_found_by_them(
    origin: Origin, context: Make
) -> None:
    before = os.umask(0o077)
    try:
        ctx = context()
        assert ctx.checkout(origin.url, branch="main") == 0
    finally:
        os.umask(before)
    assert ctx.mirrors_root.stat().st_mode & 0o777 == 0o711
    assert (ctx.mirrors_root / "private").stat().st_mode & 0o777 == 0o700
    assert (ctx.mirrors_root / "salt").stat().st_mode & 0o777 == 0o600
    for path in ctx.mirror.rglob("*"):
        assert path.stat().st_mode & 0o004, path
        assert not path.stat().st_mode & 0o022, path
    url = parse(origin.url)
    assert Mirrors(ctx.mirrors_root).of(url).path == ctx.mirror
    assert Mirrors(ctx.root / "another agent").of(url).path.name != ctx.mirror.name
