"""Which pushes are built, and what of them."""

from typing import Any

import pytest

from bottega.build.definition import Definition
from bottega.build.hooks.deciding import decide
from bottega.build.hooks.pushes import Push
from bottega.build.wire import CreateBuildJobParameter, CreateBuildJobParameterParam, CreateBuildJobScm
from bottega.patterns import matches
from tests.build.hooks.forges import COMMIT, URL


def task(url: str = URL, automatic: bool | None = True, branch: str = "master", **more: Any) -> Definition:
    scm = CreateBuildJobScm(url=url, branch=branch, is_auto_build=automatic, **more)
    return Definition(arch="x86-64", steps=[], scms=[scm])


def push(name: str = "master", **more: Any) -> Push:
    given: dict[str, Any] = {
        "kind": "branch",
        "commit": COMMIT,
        "message": "",
        "pusher": "ada",
        "urls": [URL],
        **more,
    }
    return Push(name=name, **given)


def test_a_push_of_the_tasks_branch_is_built_at_its_commit() -> None:
    decision = decide(task(), [], [], push())
    assert decision.choices is not None
    scm = decision.choices.scm
    assert (scm.build_type, scm.build_commit_id, scm.branch) == ("commitId", COMMIT, "master")


@pytest.mark.parametrize(
    ("definition", "pushed", "reason"),
    [
        (task(automatic=False), push(), "is_auto_build of the task is off"),
        (task(automatic=None), push(), "is_auto_build of the task is off"),
        (task(), push("other"), "builds branch master, not other"),
        (task(), push(commit=""), "was deleted"),
        (task(), push(urls=["https://git.example.com/group/other"]), "other repository"),
        (task(), push(urls=[]), "other repository"),
        (task(), push(message="docs [skip ci]"), "[skip ci]"),
        (task(), push(message="[CI SKIP]\n\nlater"), "[skip ci]"),
        (task(), push("v1", kind="tag"), "builds no tags"),
        (task(build_type="tag"), push(), "builds tags"),
        (Definition(arch="x86-64"), push(), "no source"),
        (task(url="https://x/${nobody}"), push(), "no source"),
    ],
)
def test_other_pushes_are_not_built_and_it_is_said_why(
    definition: Definition, pushed: Push, reason: str
) -> None:
    decision = decide(definition, [], [], pushed)
    assert decision.choices is None
    assert reason in decision.reason


def test_patterns_of_the_hook_decide_instead_of_the_task() -> None:
    for automatic in (True, False):
        assert decide(task(automatic=automatic), ["release/*"], [], push("release/1")).choices
        assert not decide(task(automatic=automatic), ["release/*"], [], push()).choices


def test_tags_are_built_by_tasks_that_build_tags_and_where_patterns_say_so() -> None:
    tag = push("v1.2", kind="tag")
    built = [decide(task(build_type="tag"), [], [], tag), decide(task(automatic=False), [], ["v*"], tag)]
    for decision in built:
        assert decision.choices is not None
        assert (decision.choices.scm.build_type, decision.choices.scm.build_tag) == ("tag", "v1.2")
    assert not decide(task(), [], ["w*"], tag).choices


def test_the_defaults_of_parameters_are_put_in() -> None:
    pairs = {"name": "where", "type": "normalparam", "defaultValue": "shop"}
    params = [CreateBuildJobParameterParam(name=key, value=value) for key, value in pairs.items()]
    definition = task(url="https://git.example.com/group/${where}")
    definition.parameters = [
        CreateBuildJobParameter(name="hudson.model.StringParameterDefinition", params=params)
    ]
    assert decide(definition, [], [], push()).choices


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("master", "master", True),
        ("master", "master2", False),
        ("*", "a/b", True),
        ("release/*", "release/1/2", True),
        ("release/*", "release", False),
        ("*-fix", "a-fix", True),
        ("a*b*c", "a1b2c", True),
        ("a*b*c", "ac", False),
        ("ab*ba", "aba", False),
        ("a**b", "ab", True),
        ("a.c", "abc", False),
        ("*a" * 60 + "*b", "a" * 250, False),
    ],
)
def test_a_star_stands_for_anything(pattern: str, name: str, fits: bool) -> None:
    assert matches([pattern], name) is fits
