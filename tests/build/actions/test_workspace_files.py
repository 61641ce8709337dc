"""Finding files of a workspace that somebody else fills."""

import os
import re
import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bottega.build.actions import workspace_files
from bottega.build.actions.workspace_files import Patterns, WalkTooLong, find, fits


def found(folder: Path, pattern: str) -> list[str]:
    return [file.path for file in find(str(folder), Patterns(pattern), lambda: None)]


def fill(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("**/TEST*.xml", "TEST.xml", True),
        ("**/TEST*.xml", "a/b/TEST-c.xml", True),
        ("**/TEST*.xml", "a/TEST-c.xml/d", False),
        ("**/TEST*.xml", "a/test-c.xml", False),
        ("*/TEST*.xml", "a/b/TEST.xml", False),
        ("./a//b.xml", "a/b.xml", True),
        ("target/**", "target/a/b", True),
        ("target/**", "target", True),
        ("**/a/**/b", "a/b", True),
        ("**/a/**/b", "x/a/y/a/z/b", True),
        ("**/a/**/b", "x/b/a", False),
        ("a?c*", "abc", True),
        ("a?c*", "ac", False),
        ("a.xml, b/*.xml", "b/c.xml", True),
        ("[a].xml", "a.xml", False),
        ("[a].xml", "[a].xml", True),
    ],
)
def test_patterns(pattern: str, path: str, matches: bool) -> None:
    assert Patterns(pattern).matches(path) is matches


@settings(max_examples=200)
@given(st.text("ab*?", max_size=6), st.text("ab", max_size=8))
def test_stars_and_question_marks_mean_what_they_mean_in_expressions(pattern: str, name: str) -> None:
    expression = "".join({"*": ".*", "?": "."}.get(one, one) for one in pattern)
    assert fits(pattern, name) is bool(re.fullmatch(expression, name))


def test_a_pattern_made_to_take_long_does_not() -> None:
    assert not Patterns("**/" * 100 + "*a" * 300 + "b").matches("/".join(["a" * 250] * 60))


@pytest.mark.parametrize("pattern", ["/etc/passwd", "../a", "a/../b", " , ", "a\0b", "./", "a" * 1001])
def test_patterns_that_lead_elsewhere_or_nowhere_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"^must "):
        Patterns(pattern)


def test_files_are_found_by_name_and_what_git_keeps_is_left_out(tmp_path: Path) -> None:
    fill(tmp_path, "b/T.xml", "a/T.xml", "a/x.txt", "T.xml", ".git/T.xml", "b/.hidden/T.xml")
    assert found(tmp_path, "**/T.xml") == ["T.xml", "a/T.xml", "b/.hidden/T.xml", "b/T.xml"]
    (file,) = find(str(tmp_path), Patterns("a/*.txt"), lambda: None)
    assert file.path == "a/x.txt"


def test_links_and_what_is_no_file_are_passed_over(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    fill(tmp_path, "inside/T.xml", "outside/T-secret.xml")
    (inside / "T-link.xml").symlink_to(outside / "T-secret.xml")
    (inside / "folder").symlink_to(outside)
    (inside / "T-self.xml").symlink_to("T.xml")
    os.mkfifo(inside / "T-pipe.xml")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(inside)
        try:
            listener.bind("T-socket.xml")
        finally:
            os.chdir(here)
        assert found(inside, "**/T*") == ["T.xml"]


def test_what_becomes_a_link_once_its_folder_was_listed_is_not_followed(tmp_path: Path) -> None:
    """A build may go on while its files are looked for."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    fill(tmp_path, "inside/a.xml", "inside/b.xml", "inside/c/T.xml", "outside/T.xml")
    walk = find(str(inside), Patterns("**/*.xml"), lambda: None)
    assert next(walk).path == "a.xml"
    (inside / "b.xml").unlink()
    (inside / "b.xml").symlink_to(outside / "T.xml")
    (inside / "c").rename(tmp_path / "gone")
    (inside / "c").symlink_to(outside)
    assert [file.path for file in walk] == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root can own files of others")
def test_files_of_others_that_were_given_a_second_name_are_passed_over(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    fill(tmp_path, "agent.xml", "workspace/T.xml")
    os.link(tmp_path / "agent.xml", workspace / "T-agent.xml")
    for path in (workspace, workspace / "T.xml"):
        os.chown(path, 61900, 61900)
    assert found(workspace, "*.xml") == ["T.xml"]


def test_a_file_is_read_up_to_a_limit(tmp_path: Path) -> None:
    fill(tmp_path, "abcdef")
    assert [file.read(3) for file in find(str(tmp_path), Patterns("*"), lambda: None)] == [b"abc"]


def test_too_many_entries_and_too_deep_folders_end_the_walk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, "a", "b", "/".join(["d"] * 70))
    with pytest.raises(WalkTooLong, match=r"^folders are nested more than 64 deep$"):
        found(tmp_path, "**/x")
    assert found(tmp_path, "*") == ["a", "b"]
    monkeypatch.setattr(workspace_files, "MAX_ENTRIES", 2)
    with pytest.raises(WalkTooLong, match=r"^there are more than 2 files and folders$"):
        found(tmp_path, "*")


def test_long_walks_look_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace_files, "_LOOK_EVERY", 1)
    fill(tmp_path, "a/b", "c")

    class Stopped(Exception): ...

    def stop() -> None:
        raise Stopped

    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(Stopped):
        list(find(str(tmp_path), Patterns("**"), stop))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
