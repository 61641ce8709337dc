"""What was typed or written wrong: exit code 2, one clear line, and nothing has run."""

from pathlib import Path
from typing import Any

import pytest

from bottega.local.same_repository import same
from tests.local.projects import FILE, Builder, Project


def test_a_mistake_in_the_file_is_told_with_its_place(builder: Builder, project: Project) -> None:
    project.put(FILE, "version: 2.0\nsteps:\n  BUILD:\n    - mavne: {}\n    - sh: {}\n")
    built = builder.build(project.path)
    assert (built.code, built.log) == (2, "")
    assert built.said.splitlines() == [
        "bottega: .cloudbuild/build.yml:4:7: there is no action 'mavne'; did you mean maven?",
        "bottega: .cloudbuild/build.yml:5:7: sh needs the input command (script of one or more lines)",
    ]
    assert builder.left() == []


def test_a_missing_file_is_told_with_what_is_there(builder: Builder, project: Project) -> None:
    project.put(".cloudbuild/other.yml", "")
    built = builder.build(project.path)
    assert (built.code, built.said) == (
        2,
        "bottega: .cloudbuild/build.yml: No such file or directory; the folder has other.yml\n",
    )


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ({"params": ["who"]}, "--param 'who': expected name=value"),
        ({"params": ["a-b=1"]}, "--param a-b: a name is 1 to 128 letters, digits or underscores"),
        ({"params": ["PATH=/x"]}, "--param PATH: the name is forbidden"),
        ({"params": ["WORKSPACE=/x"]}, "--param WORKSPACE: the name is that of a predefined parameter"),
        ({"params": ["a={{x"]}, "--param a: the value must not contain '{{'"),
        ({"params": ["CB_BUILD_YAML_PATH=x.yml"]}, "x.yml: No such file or directory"),
        ({"file": Path("/nonexistent.yml")}, "/nonexistent.yml: No such file or directory"),
        ({"env_files": [Path("/nonexistent")]}, "--env-file /nonexistent: No such file or directory"),
    ],
)
def test_a_mistake_in_the_arguments_is_told(
    builder: Builder, project: Project, wishes: dict[str, Any], expected: str
) -> None:
    project.script("echo never")
    built = builder.build(project.path, **wishes)
    assert (built.code, built.log) == (2, "")
    assert built.said.startswith(f"bottega: {expected}")


def test_a_bad_line_of_a_private_file_is_named_and_not_repeated(
    builder: Builder, project: Project, folder: Path
) -> None:
    project.script("echo never")
    private = folder / "private"
    for content in ("A=1\nsecret-word\n", "A=1\nse-cret=secret-word\n"):
        private.write_text(content)
        built = builder.build(project.path, env_files=[private])
        assert built.code == 2
        assert f"--env-file {private}: line 2: " in built.said
        assert "secret-word" not in built.said


def test_a_folder_that_is_none_is_told(builder: Builder, folder: Path) -> None:
    assert builder.build(folder / "none").said == f"bottega: {folder / 'none'}: there is no such folder\n"
    (folder / "file").touch()
    assert builder.build(folder / "file").said == f"bottega: {folder / 'file'}: is not a folder\n"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("git@host:a/b.git", "https://HOST/a/b", True),
        ("ssh://git@host:2222/a/b.git", "host:a/b", True),
        ("https://user:key@host/a/b/", "git://host/a/b.git", True),
        ("file:///srv/a.git", "/srv/a", True),
        ("git@host:a/b", "git@host:a/c", False),
        ("git@host:a/b", "git@other:a/b", False),
    ],
)
def test_one_repository_has_many_addresses(one: str, other: str, expected: bool) -> None:
    assert same(one, other) is expected
