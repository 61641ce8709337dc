"""``bottega build``: real builds of small projects, in the sandbox of this machine."""

import hashlib
import os
import re
import shutil
from pathlib import Path

import pytest

from bottega.agent.runner.environment import PATH
from bottega.agent.sandbox import Level
from tests.agent.runner.attempts import facilities
from tests.local.projects import FILE, Builder, Project, owner_for_builds
from tests.support.repositories import Repository

BUBBLEWRAP = pytest.mark.skipif(
    facilities().level is not Level.BUBBLEWRAP, reason="only bubblewrap can show a folder in place"
)


def test_a_build_runs_with_its_parameters_and_leaves_nothing_behind(
    builder: Builder, project: Project
) -> None:
    project.script('echo "$who $codeBranch ${#COMMIT_ID}"', above="params: [{name: who, value: world}]")
    project.commit()
    built = builder.build(project.path)
    assert (built.code, built.output) == (0, ["world master 40"]), built
    assert built.said.splitlines()[-1] == "bottega: success: All steps succeeded"
    assert builder.build(project.path, params=["who=Ada=1"]).output == ["Ada=1 master 40"]
    assert builder.left() == []


def test_a_failed_step_fails_the_build_and_the_rest_is_skipped(builder: Builder, project: Project) -> None:
    project.write("- sh: {name: Break, inputs: {command: exit 7}}\n- sh: {inputs: {command: echo never}}")
    built = builder.build(project.path)
    assert (built.code, built.output) == (1, [])
    assert "failure: Step 'Break' failed: exit code 7" in built.said


def test_a_failure_that_is_ignored_fails_nothing(builder: Builder, project: Project) -> None:
    project.write(
        "- sh: {inputs: {command: exit 7, ignore_fail: true}}\n- sh: {inputs: {command: echo after}}"
    )
    built = builder.build(project.path)
    assert (built.code, built.output) == (0, ["after"])


def test_what_is_built_are_the_files_that_git_would_take(builder: Builder, project: Project) -> None:
    project.put(".gitignore", "ignored\n/out/\n")
    project.put("tracked", "1")
    project.put("deleted", "1")
    project.put("below/tool", "#!/bin/sh\necho tool\n").chmod(0o755)
    project.script("find . -type f -o -type l | sort; below/tool; readlink link; cat tracked")
    project.commit()
    (project.path / "deleted").unlink()
    project.put("tracked", "changed")
    project.put("new ü", "1")
    project.put("ignored", "1")
    project.put("out/a", "1")
    (project.path / "link").symlink_to("/etc/passwd")
    built = builder.build(project.path)
    assert built.code == 0, built
    files = [f"./{FILE}", "./.gitignore", "./below/tool", "./link", "./new ü", "./tracked"]
    assert built.output == [*files, "tool", "/etc/passwd", "changed"]


def test_a_folder_without_git_is_built_whole(builder: Builder, folder: Path) -> None:
    plain = folder / "plain"
    (plain / ".cloudbuild").mkdir(parents=True)
    (plain / "a").write_text("1")
    (plain / FILE).write_text(
        "version: 2.0\nsteps: {BUILD: [{sh: {inputs: {command: 'ls; echo ${codeBranch:-none}'}}}]}"
    )
    built = builder.build(plain)
    assert (built.code, built.output) == (0, ["a", "none"]), built


def test_submodules_come_along(builder: Builder, project: Project, folder: Path) -> None:
    other = Repository(folder / "other")
    other.commit(file="from below")
    project.git("submodule", "--quiet", "add", other.url, "sub")
    project.script("cat sub/file; test ! -e sub/.git")
    built = builder.build(project.path)
    assert (built.code, built.output) == (0, ["from below"]), built


def test_files_behind_a_link_are_not_copied(builder: Builder, project: Project, folder: Path) -> None:
    project.put("a/secret", "1")
    project.script("test ! -e a/secret; echo fine")
    project.commit()
    outside = folder / "outside"
    outside.mkdir()
    (outside / "secret").write_text("of somebody else")
    (project.path / "a/secret").unlink()
    (project.path / "a").rmdir()
    (project.path / "a").symlink_to(outside)
    built = builder.build(project.path)
    assert (built.code, built.output) == (0, ["fine"]), built


def test_a_checkout_of_the_folders_own_repository_is_the_copy(builder: Builder, project: Project) -> None:
    project.git("remote", "add", "origin", "git@git.example.com:team/shop.git")
    project.put(
        FILE,
        "version: 2.0\nsteps:\n  PRE_BUILD:\n"
        '    - checkout: {inputs: {url: "https://git.example.com/team/shop", path: src}}\n'
        "  BUILD:\n    - sh: {inputs: {command: ls src/.cloudbuild; ls}}\n",
    )
    built = builder.build(project.path)
    assert (built.code, built.output) == (0, ["build.yml", "src"]), built
    assert "no checkout of https://git.example.com/team/shop: what is built are the files of" in built.log


def test_another_repository_is_checked_out_for_real(builder: Builder, project: Project, folder: Path) -> None:
    other = Repository(folder / "other")
    other.commit(file="fetched")
    project.git("remote", "add", "origin", "git@git.example.com:team/shop.git")
    project.write(
        f"- checkout: {{inputs: {{url: '{other.url}', path: other}}}}\n- sh: {{inputs: {{command: cat other/file}}}}"
    )
    built = builder.build(project.path)
    assert (built.code, built.output[-1:]) == (0, ["fetched"]), built


def test_private_parameters_are_masked_and_for_scripts_alone(
    builder: Builder, project: Project, folder: Path
) -> None:
    private = folder / "private"
    private.write_text("# keys\n\nTOKEN=s3cr3t-value\n")
    project.script('echo "token $TOKEN"; test "$TOKEN" = s3cr3t-value')
    built = builder.build(project.path, env_files=[private])
    assert (built.code, built.output) == (0, ["token ****"]), built
    project.write("- sh: {name: 'with ${TOKEN}', inputs: {command: echo}}")
    refused = builder.build(project.path, env_files=[private])
    assert (refused.code, refused.log) == (2, "")
    assert "${TOKEN} is a private parameter" in refused.said
    assert "s3cr3t" not in built.log + built.said + refused.said


def test_steps_can_be_listed_and_chosen(builder: Builder, project: Project) -> None:
    project.write(
        "- sh: {name: One, inputs: {command: echo 1}}\n- sh: {name: Two, inputs: {command: echo 2}}"
    )
    assert builder.build(project.path, listing=True).log == "sh: One\nsh: Two\n"
    assert builder.build(project.path, steps=["Two"]).output == ["2"]
    wrong = builder.build(project.path, steps=["Tow"])
    assert (wrong.code, wrong.said) == (
        2,
        "bottega: --step: the file has no step 'Tow'; did you mean 'Two'?\n",
    )


def test_a_kept_workspace_is_named(builder: Builder, project: Project) -> None:
    project.script("echo made >made")
    built = builder.build(project.path, keep=True)
    place = Path(built.said.splitlines()[-1].partition("kept: ")[2])
    assert (place / "made").read_text() == "made\n"
    assert not (project.path / "made").exists()


def test_without_network_there_is_none(builder: Builder, project: Project) -> None:
    if facilities().level is not Level.BUBBLEWRAP:
        pytest.skip("this machine cannot take the network from a step")
    project.script("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")
    assert builder.build(project.path, network=False).output == ["lo"]


@BUBBLEWRAP
def test_in_place_the_folder_itself_is_built(builder: Builder, project: Project, folder: Path) -> None:
    project.script("echo made >made; cat ignored")
    project.put(".gitignore", "ignored\n")
    project.put("ignored", "kept\n")
    # Git refuses to look into a folder of somebody else, also when root asks.
    (project.path / ".git").rename(folder / "git")
    for path in (project.path, *project.path.rglob("*")):
        os.chown(path, owner_for_builds(), -1)
    built = builder.build(project.path, in_place=True)
    assert (built.code, built.output) == (0, ["kept"]), built
    assert (project.path / "made").read_text() == "made\n"
    assert (project.path / "ignored").exists()
    assert builder.left() == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root has to say who builds")
def test_root_does_not_build_its_own_folder_in_place(builder: Builder, project: Project) -> None:
    project.script("echo x")
    built = builder.build(project.path, in_place=True)
    assert (built.code, built.log) == (2, "")
    assert "builds never run as root" in built.said


def test_what_the_file_asks_for_in_vain_is_said(builder: Builder, project: Project) -> None:
    project.script("true", above="env: {resource: {type: custom, pool: lab}}")
    assert "warning: the file asks for the pool lab" in builder.build(project.path).said


@pytest.mark.skipif(
    shutil.which("python3", path=PATH) is None, reason="this machine has no python3 for builds"
)
def test_an_image_gets_the_tools_of_this_machine(builder: Builder, project: Project) -> None:
    project.write("- python: {image: cloudbuild@python3, inputs: {command: echo ran}}")
    built = builder.build(project.path)
    assert (built.code, built.output) == (0, ["ran"]), built
    assert re.search(r"\] : python 3\.[0-9.]+ of /usr", built.log), built.log


def test_artifacts_are_copied_into_a_folder(builder: Builder, project: Project, folder: Path) -> None:
    project.write(
        """
        - sh: {inputs: {command: mkdir -p out/deep; echo one >out/one.jar; echo two >out/deep/two.jar}}
        - upload_artifact: {inputs: {path: "out/**", version: "1.${minor}"}}
        - upload_artifact: {inputs: {path: out/one.jar, name: renamed.jar}}
        """
    )
    builder.build(project.path, params=["minor=2"], artifacts=folder / "kept")
    built = builder.build(project.path, params=["minor=2"], artifacts=folder / "kept")
    assert built.code == 0, built
    found = {
        str(path.relative_to(folder / "kept")): path.read_text() for path in (folder / "kept").rglob("*.jar")
    }
    assert found == {"1.2/one.jar": "one\n", "1.2/two.jar": "two\n", "renamed.jar": "one\n"}
    assert (
        f"sha256 {hashlib.sha256(b'one' + bytes([10])).hexdigest()}, {folder}/kept/1.2/one.jar" in built.log
    )


def test_a_pattern_that_matches_nothing_fails_as_it_does_on_a_server(
    builder: Builder, project: Project
) -> None:
    project.write("- upload_artifact: {inputs: {path: target/*.jar}}")
    built = builder.build(project.path)
    assert built.code == 1
    assert "DEV.CB.0220021: no file of the workspace matches 'target/*.jar'" in built.said


def test_artifacts_of_the_last_build_are_no_source_of_the_next(builder: Builder, project: Project) -> None:
    project.write("- sh: {inputs: {command: 'ls; touch a.jar'}}\n- upload_artifact: {inputs: {path: a.jar}}")
    for _ in range(2):
        built = builder.build(project.path, artifacts=project.path / "bottega-artifacts")
        assert (built.code, built.output) == (0, []), built
    assert (project.path / "bottega-artifacts/a.jar").exists()


@BUBBLEWRAP
def test_a_build_in_place_cannot_lead_artifacts_elsewhere(
    builder: Builder, project: Project, folder: Path
) -> None:
    outside = folder / "outside"
    outside.mkdir()
    project.write(
        f"- sh: {{inputs: {{command: 'touch a.jar; ln -s {outside} artifacts'}}}}\n"
        "- upload_artifact: {inputs: {path: a.jar}}"
    )
    (project.path / ".git").rename(folder / "git")
    for path in (project.path, *project.path.rglob("*")):
        os.chown(path, owner_for_builds(), -1)
    built = builder.build(project.path, in_place=True, artifacts=project.path / "artifacts")
    assert built.code == 1, built
    assert "artifacts/a.jar cannot be written" in built.log
    assert list(outside.iterdir()) == []


def test_dependency_caches_are_not_kept_which_is_said(builder: Builder, project: Project) -> None:
    project.write("- python: {inputs: {command: echo built, cache: true}}")
    built = builder.build(project.path)
    assert (built.code, built.output) == (0, ["built"]), built
    assert "warning: a local build keeps no dependency caches" in built.said
