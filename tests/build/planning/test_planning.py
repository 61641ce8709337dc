"""YAML builds: what the file at the commit says becomes what agents run."""

from typing import Any

import pytest
from sqlalchemy import func, select

from bottega.build.planning.compiling import NOT_BY_FILE
from bottega.build.planning.tables import PlanRequest
from bottega.build.wire import Scm
from bottega.errors import Invalid
from bottega.runs.tables import Run
from tests.build.planning.conftest import FILE, MINIMAL, Workshop
from tests.support.repositories import Repository

FULL = """version: 2.0
params:
  - {name: greeting, value: from the file}
  - {name: own, value: "1"}
env:
  resource: {type: custom, pool: gpu, arch: ARM, class: 8U16G}
steps:
  PRE_BUILD:
    - checkout:
        name: the code
        inputs: {scm: codehub, url: "%s", branch: "${codeBranch}", submodule: true}
    - sh: {inputs: {command: echo before}}
  BUILD:
    - sh:
        name: the build
        inputs: {command: "echo $greeting", ignore_fail: "true"}
"""


def steps(run: Run) -> list[tuple[str, str, str]]:
    return [(step["key"], step["action"], step["name"]) for step in run.spec["steps"]]


def requests_left(workshop: Workshop) -> int:
    with workshop.builds.database.read() as session:
        return session.scalar(select(func.count()).select_from(PlanRequest)) or 0


def test_a_yaml_build_is_accepted_at_once_and_held(yaml_task: Workshop) -> None:
    seen: list[str] = []
    yaml_task.builds.runs.hints.work = lambda pool, _arch: seen.append(pool)
    yaml_task.builds.runs.hints.held = lambda: seen.append("held")
    run = yaml_task.accept()
    assert (run.state, run.held, run.number, seen) == ("QUEUED", "plan", 1, ["held"])
    assert yaml_task.waiting(run) == "its build.yml is being read"
    yaml_task.plan()
    assert "default" in seen
    assert requests_left(yaml_task) == 0


def test_without_a_checkout_the_commit_of_the_file_is_checked_out(
    yaml_task: Workshop, code: Repository
) -> None:
    run = yaml_task.build()
    assert (run.state, run.held) == ("QUEUED", "")
    assert steps(run) == [("stage1", "checkout", "Code checkout"), ("stage2", "sh", "Execute shell")]
    commit = code.git("rev-parse", "HEAD")
    checkout = run.spec["steps"][0]["inputs"]
    assert (checkout["url"], checkout["branch"], checkout["commit"]) == (code.url, "master", commit)
    assert (run.commit_id, run.branch, run.spec["steps_of"]) == (commit, "master", code.url)
    assert run.spec["env"]["COMMIT_ID"] == commit


def test_the_file_says_steps_machine_and_parameters(yaml_task: Workshop, code: Repository) -> None:
    commit = code.commit("full", **{FILE: FULL % code.url})
    run = yaml_task.build()
    assert steps(run) == [
        ("stage1", "checkout", "the code"),
        ("stage2", "sh", "Execute shell"),
        ("stage3", "sh", "the build"),
    ]
    assert (run.pool, run.arch, run.flavor) == ("gpu", "arm", "8u16g")
    checkout, _, build = run.spec["steps"]
    assert (checkout["inputs"]["commit"], checkout["inputs"]["build_type"]) == (commit, "branch")
    assert checkout["inputs"]["submodules"] is True
    assert (build["ignore_failure"], build["label"]) == (True, "external_post_shell")
    env = run.spec["env"]
    assert (env["greeting"], env["own"], env["INCREASENUM"]) == ("from the task", "1", "1")
    assert "hunter2" not in str(run.spec) and "SECRET" not in env
    shown = {one["name"]: one["value"] for one in run.parameters}
    assert (shown["own"], shown["SECRET"]) == ("1", "******")


def test_a_file_cannot_share_the_caches_of_its_task(yaml_task: Workshop, code: Repository) -> None:
    own = "params: [{name: BOTTEGA_CACHE_SCOPE, value: project}]\nsteps:"
    code.commit("share", **{FILE: MINIMAL.replace("steps:", own)})
    run = yaml_task.build()
    assert "BOTTEGA_CACHE_SCOPE" not in run.spec["env"]
    assert run.spec["notes"] == [f"{FILE}: {NOT_BY_FILE}"]
    flow = "version: 2.0\nparams: [{name: BOTTEGA_CACHE_SCOPE, value: project}]\njobs: [{job: A, build_ref: a.yml}]\n"
    code.commit("flow", **{FILE: flow, "a.yml": MINIMAL})
    run = yaml_task.build()
    with yaml_task.builds.database.read() as session:
        job = session.scalars(select(Run).where(Run.parent_run_id == run.id)).one()
    assert "BOTTEGA_CACHE_SCOPE" not in job.spec["env"]


def test_another_branch_tag_or_commit_has_a_file_of_its_own(yaml_task: Workshop, code: Repository) -> None:
    first = code.git("rev-parse", "HEAD")
    code.git("tag", "v1")
    code.git("switch", "--quiet", "-c", "feature")
    second = code.commit("other", **{FILE: MINIMAL.replace("make", "other")})
    code.git("switch", "--quiet", "master")

    def command(run: Run) -> Any:
        return run.spec["steps"][-1]["inputs"]["command"]

    branch = yaml_task.build(codeBranch="feature")
    assert (command(branch), branch.branch, branch.commit_id) == ("other", "feature", second)
    tag = yaml_task.build(Scm(build_type="tag", build_tag="v1"))
    assert (command(tag), tag.tag, tag.commit_id, tag.spec["env"]["GIT_TAG"]) == ("make", "v1", first, "v1")
    commit = yaml_task.build(Scm(build_type="commitId", build_commit_id=second[:10]))
    assert (command(commit), commit.commit_id) == ("other", second)


def test_a_checkout_of_another_repository_is_left_as_the_file_says(
    yaml_task: Workshop, code: Repository
) -> None:
    text = FULL.replace("%s", "https://git.example.com/team/other.git")
    code.commit("full", **{FILE: text})
    inputs = yaml_task.build().spec["steps"][0]["inputs"]
    assert (inputs["url"], inputs["branch"]) == ("https://git.example.com/team/other.git", "master")
    assert not inputs.get("commit")


def test_the_path_of_the_file_is_a_parameter(yaml_task: Workshop, code: Repository) -> None:
    code.commit("elsewhere", **{"ci/all.yml": MINIMAL.replace("make", "elsewhere")})
    run = yaml_task.build(CB_BUILD_YAML_PATH="./ci//all.yml")
    assert run.spec["steps"][-1]["inputs"]["command"] == "elsewhere"
    for path in ("/etc/passwd", "../x.yml", "a/../../x", ".git/config", "x\x01.yml"):
        with pytest.raises(Invalid, match="CB_BUILD_YAML_PATH"):
            yaml_task.accept(CB_BUILD_YAML_PATH=path)


def test_a_mistake_ends_the_build_with_its_place(yaml_task: Workshop, code: Repository) -> None:
    commit = code.commit("typo", **{FILE: MINIMAL.replace("sh:", "shh:") + "paramz: 1\n"})
    run = yaml_task.build()
    assert (run.state, run.commit_id) == ("SCHEDULE_FAILURE", commit)
    # All mistakes are told, one a line.
    first, second = run.reason.split("\n")
    assert first.startswith(f"{FILE}:4:7: ")
    assert second.startswith(f"{FILE}:5:1: ") and "params" in second
    assert requests_left(yaml_task) == 0


def test_a_missing_file_says_where_it_was_looked_for_and_what_is_near(
    yaml_task: Workshop, code: Repository
) -> None:
    code.git("rm", "--quiet", FILE)
    commit = code.commit("moved", **{"cloudbuild/build.yml": MINIMAL})
    run = yaml_task.build()
    assert run.state == "SCHEDULE_FAILURE"
    assert run.reason == (f"there is no file {FILE} at commit {commit[:8]}; there is cloudbuild/build.yml")
    assert yaml_task.build(codeBranch="nope").reason.endswith(f"There is no branch 'nope' in {code.url}.")


def test_a_task_without_a_source_has_no_file(yaml_task: Workshop) -> None:
    with yaml_task.builds.database.write() as session:
        task = yaml_task.builds.reader.task(yaml_task.caller, yaml_task.task_id)
        session.merge(task).definition = {**task.definition, "scms": []}
    run = yaml_task.accept()
    assert (run.state, requests_left(yaml_task)) == ("SCHEDULE_FAILURE", 0)
    assert "the task has no source" in run.reason


def test_private_parameters_stay_out_of_what_files_fill_in(yaml_task: Workshop, code: Repository) -> None:
    text = MINIMAL.replace("sh: {", 'sh: {name: "x${SECRET}", ')
    code.commit("leak", **{FILE: text})
    run = yaml_task.build()
    assert run.state == "SCHEDULE_FAILURE"
    assert "private parameter" in run.reason and "hunter2" not in run.reason


def test_a_code_cache_is_filled_before_the_steps(yaml_task: Workshop, code: Repository) -> None:
    cache = "env:\n  cache:\n    - {type: code, local_path: big repo, command: repo sync}\n"
    code.commit("cache", **{FILE: MINIMAL.replace("steps:", f"{cache}steps:")})
    run = yaml_task.build()
    assert [step["name"] for step in run.spec["steps"]] == [
        "Code checkout",
        "Code cache big repo",
        "Execute shell",
    ]
    assert run.spec["steps"][1]["inputs"] == {
        "command": "mkdir -p -- 'big repo'\ncd -- 'big repo'\nrepo sync",
        "code_cache": {"local_path": "big repo", "url": "", "branch": ""},
    }
