"""Where the demonstration keeps its things."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bottega.demo import folders
from bottega.demo.errors import DemoError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's builds run as users of their own")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="bottega-demo-"))
    root.chmod(0o755)
    yield root
    shutil.rmtree(root, ignore_errors=True)


def test_the_default_is_a_folder_in_the_current_one(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(open_folder)
    chosen = folders.choose(None)
    assert (chosen.root, chosen.notice) == (open_folder / ".demo", "")
    assert chosen.root.is_dir()
    assert not chosen.sample.is_relative_to(chosen.server)


@as_root
def test_a_current_folder_that_build_users_cannot_reach_is_left_with_a_word(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = open_folder / "home"
    closed.mkdir(mode=0o700)
    monkeypatch.chdir(closed)
    monkeypatch.setattr(folders, "FALLBACK", open_folder / "fallback")
    chosen = folders.choose(None)
    assert chosen.root == open_folder / "fallback"
    assert chosen.notice.endswith(f"because build users cannot pass through {closed} (mode 0700).")
    assert not (closed / ".demo").exists()


@as_root
def test_build_users_can_pass_whatever_the_umask_is(open_folder: Path) -> None:
    before = os.umask(0o077)
    try:
        chosen = folders.choose(open_folder / "made" / "here")
    finally:
        os.umask(before)
    assert chosen.root.stat().st_mode & 0o001
    assert chosen.root.parent.stat().st_mode & 0o001


def test_a_file_in_the_place_of_the_folder_is_refused(open_folder: Path) -> None:
    (open_folder / "data").write_text("")
    with pytest.raises(DemoError, match="cannot use the folder"):
        folders.choose(open_folder / "data")
