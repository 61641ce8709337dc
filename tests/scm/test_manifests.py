"""Manifests of the tool repo: what they name is checked out at its place, and they lead nowhere else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bottega.build.actions import ACTIONS, InputError
from bottega.build.actions.manifest_checkout import ManifestInputs
from bottega.scm import manifests
from bottega.scm.failures import ScmError
from bottega.scm.grants import granted
from bottega.scm.manifest_checkout import prepare
from bottega.scm.manifests import read
from tests.scm.origins import Origin
from tests.scm.steps import FolderContext

Make = Callable[..., FolderContext]
HEAD = '<remote name="here" fetch="."/><default remote="here" revision="main"/>'


def manifest(inside: str) -> str:
    return f'<?xml version="1.0"?><manifest>{inside}</manifest>'


def check_out(ctx: FolderContext, origin: Origin, **more: Any) -> int:
    return prepare(ctx, ManifestInputs({"manifest_url": origin.url, **more}))


@pytest.fixture
def forge(tmp_path: Path) -> Callable[[str], Origin]:
    """Makes repositories that lie side by side."""

    def make(name: str) -> Origin:
        made = Origin(tmp_path / "forge" / name)
        made.commit(f"first of {name}", file=f"{name}\n", deep__file="deep\n")
        return made

    return make


def test_all_projects_are_checked_out_at_their_revisions(
    forge: Callable[[str], Origin], context: Make
) -> None:
    app, tool, top = forge("app"), forge("tool"), forge("top")
    first = app.commit("wanted", file="wanted\n")
    app.commit("later", file="later\n")
    tool.git("tag", "v1")
    tool.commit("later", file="later\n")
    more = f"""
        <project name="tool" path="tools/./one" revision="refs/tags/v1" groups="pdk tools">
          <copyfile src="file" dest="copied/file"/><linkfile src="deep/file" dest="links/deep"/>
        </project>
        <project name="app" path="tools/one/app" revision="{first}"/>
        <project name="gone"/><project name="unwanted" groups="a,notdefault"/><remove-project name="gone"/>
        <extend-project name="top" dest-path="upper"/>"""
    inside = f'<notice>n</notice>{HEAD}<project name="top"/><include name="more/rest.xml"/><repo-hooks/>'
    commit = top.commit("manifest", **{"default.xml": manifest(inside)})
    commit = top.commit("manifest", **{"more__rest.xml": manifest(more)})
    ctx = context()

    assert check_out(ctx, top, path="src") == 0, ctx.lines

    tree = ctx.workspace / "src"
    assert (tree / "upper/file").read_text() == "top\n"
    assert (tree / "tools/one/file").read_text() == "tool\n"
    assert (tree / "tools/one/app/file").read_text() == "wanted\n"
    assert (tree / "copied/file").read_text() == "tool\n"
    assert (tree / "links/deep").readlink() == Path("../tools/one/deep/file")
    assert (tree / "links/deep").read_text() == "deep\n"
    assert ctx.git_in_workspace("remote", "get-url", "origin", folder="src/tools/one") == tool.url
    assert ctx.env["COMMIT_ID"] == commit
    assert [one["url"] for one in ctx.facts] == [top.url]


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        (HEAD, "The manifest names no projects."),
        ('<project name="a"/>', "the remote '', which is not defined"),
        (
            '<remote name="a" fetch="."/><project name="a" remote="a"/>',
            "The project 'a' of the manifest has no revision.",
        ),
        (f'{HEAD}<project name="app" path="../out"/>', "is not a folder below the workspace"),
        (f'{HEAD}<project name="app" path="a/.git/hooks"/>', "lies inside git's own folder"),
        (f'{HEAD}<project name="app" path="a"/><project name="b" path="./a"/>', "two projects into 'a'"),
        (f'{HEAD}<project name="../../etc"/>', "is not a folder below the workspace"),
        (f'{HEAD}<project name="app" revision="--upload-pack=x"/>', "Cannot check out"),
        (
            '<remote name="a" fetch="ext::sh -c x"/><project name="b" remote="a" revision="m"/>',
            "transport helper",
        ),
        (f'{HEAD}<project name="a"><project name="b"/></project>', "projects inside of projects"),
        (f'{HEAD}<submanifest name="a"/>', "has a <submanifest>, which is not supported"),
        (f'{HEAD}<include name="../x"/>', "is not a file of its repository"),
        (f'{HEAD}<include name="nowhere.xml"/>', "has no file 'nowhere.xml'"),
        (f'{HEAD}<include name="default.xml"/>', "made of more than 20 files"),
        ('<remote name="a"/>', "has a <remote> without fetch"),
        (f'{HEAD}<project name="app"><copyfile src="../x" dest="y"/></project>', "is not below its folder"),
        (
            f'{HEAD}<project name="app"><linkfile src="file" dest="/etc/x"/></project>',
            "is not below its folder",
        ),
        (
            f'{HEAD}<project name="app"><linkfile src="file" dest="."/></project>',
            "in place of the whole tree",
        ),
    ],
)
def test_what_a_manifest_may_not_say_is_refused_in_one_sentence(
    forge: Callable[[str], Origin], context: Make, inside: str, reason: str
) -> None:
    forge("app")
    top = forge("top")
    top.commit("manifest", **{"default.xml": manifest(inside)})
    ctx = context()
    assert check_out(ctx, top) == 1
    (error,) = ctx.errors()
    assert reason in error
    assert ctx.reason == error


def test_a_manifest_that_is_none_is_refused(forge: Callable[[str], Origin], context: Make) -> None:
    top = forge("top")
    top.commit(
        "files",
        **{"html.xml": "<html/>", "type.xml": "<!DOCTYPE manifest><manifest/>", "long.xml": " " * 2**21},
    )
    for file, reason in (
        ("html.xml", "is no manifest: it begins with <html>"),
        ("type.xml", "declares a document type"),
        ("long.xml", "has more than 1048576 bytes"),
        ("file", "is not XML"),
        ("nothing", "has no file 'nothing'"),
    ):
        ctx = context()
        assert check_out(ctx, top, manifest_file=file) == 1
        assert reason in ctx.reason


def test_a_manifest_on_the_network_does_not_lead_to_the_agents_disk() -> None:
    # The same rule as for submodules; the manifest itself is never reached.
    from bottega.scm.manifest_checkout import _url
    from bottega.scm.options import GitOptions
    from bottega.scm.urls import UrlPolicy, parse

    url = parse("https://forge.example/group/sub/manifest.git")
    options = GitOptions(UrlPolicy(file_urls=True))

    def meant(fetch: str, name: str = "app") -> str:
        (project,) = read(
            "x",
            lambda _: manifest(
                f'<remote name="r" fetch="{fetch}"/><default remote="r" revision="m"/><project name="{name}"/>'
            ),
        )
        return _url(url, project, options).text

    assert meant("..") == "https://forge.example/group/app"
    assert meant(".") == "https://forge.example/group/sub/app"
    assert meant("../other/", "x/app.git") == "https://forge.example/group/other/x/app.git"
    assert meant("ssh://git@forge.example/group") == "ssh://git@forge.example/group/app"
    assert meant("git@forge.example:group") == "git@forge.example:group/app"
    with pytest.raises(ScmError, match="to a folder on the agent"):
        meant("file:///srv")


def test_numbers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "MAX_PROJECTS", 1)
    with pytest.raises(ScmError, match="more than 1 projects"):
        read("x", lambda _: manifest(f'{HEAD}<project name="a"/><project name="b"/>'))
    monkeypatch.setattr(manifests, "MAX_ELEMENTS", 3)
    with pytest.raises(ScmError, match="more than 3 elements"):
        read("x", lambda _: manifest(HEAD + "<annotation/>"))


@given(st.text(max_size=80).map(manifest) | st.text(max_size=80))
def test_whatever_a_file_holds_it_is_read_or_refused(text: str) -> None:
    with pytest.raises(ScmError):
        read("x", lambda _: text)


def test_a_manifest_is_given_the_credentials_of_its_host_like_submodules() -> None:
    ours = {"host": "ours.example", "username": "ci", "secret": "s"}
    theirs = {**ours, "host": "theirs.example"}
    step = {"action": "manifest_checkout", "inputs": {"manifest_url": "git@ours.example:manifest"}}
    assert granted({"credentials": [ours, theirs]}, [step])["credentials"] == [ours]


def test_inputs_that_cannot_be_meant_are_refused() -> None:
    for inputs, message in (
        ({}, "manifest_url is required"),
        ({"manifest_url": "x", "lfs": 7}, "lfs must be true"),
    ):
        with pytest.raises(InputError, match=message):
            ACTIONS["manifest_checkout"].check(inputs)
    assert ManifestInputs({"manifest_url": "x"}).file == "default.xml"
