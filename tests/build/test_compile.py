from datetime import datetime
from typing import Any

import msgspec
import pytest

from bottega.build.actions import ACTIONS
from bottega.build.compile import Compiled, RunChoices, TaskFacts, compile_run
from bottega.build.definition import Definition
from bottega.build.demands import also_demanded
from bottega.build.inputs import put_in
from bottega.build.wire import ParameterItem, Scm
from bottega.errors import Invalid
from bottega.settings import Settings
from tests.build.harness import parameter, shell_step

FACTS = TaskFacts(
    id="a" * 32,
    name="shop",
    tenant_id="t" * 32,
    project_id="p" * 32,
    user_id="u" * 32,
    user_name="ann",
    trigger="MANUAL",
)
AT = datetime(2026, 3, 4, 5, 6, 7)


def compiled(
    choice: Scm | None = None,
    overrides: dict[str, str] | None = None,
    private: dict[str, str] | None = None,
    **definition: Any,
) -> Compiled:
    items = [ParameterItem(name=name, value=value) for name, value in (overrides or {}).items()]
    return compile_run(
        FACTS,
        msgspec.convert({"arch": "x86-64", "steps": [shell_step()], **definition}, Definition),
        private or {},
        RunChoices(parameters=items, scm=choice or Scm()),
        number=7,
        daily_number="20260304.2",
        at=AT,
        settings=Settings(),
    )


def source(**changes: Any) -> dict[str, Any]:
    return {"scms": [{"url": "git@git.example.com:g/r.git", "branch": "main", **changes}]}


def test_predefined_parameters() -> None:
    env = compiled().new.spec.env
    assert env == {
        "BUILDNUMBER": "20260304.2",
        "TIMESTAMP": "20260304050607",
        "INCREASENUM": "7",
        "PROJECT_ID": "p" * 32,
        "JOB_ID": "a" * 32,
        "JOB_NAME": "shop",
        "codeBranch": "master",
    }


def test_a_source_is_checked_out_first() -> None:
    steps = compiled(**source(depth="3", enable_git_lfs=True), auto_update_sub_module="true").new.spec.steps
    assert [(step.key, step.action, step.hidden) for step in steps] == [
        ("stage1", "checkout", True),
        ("stage2", "sh", False),
    ]
    assert steps[0].inputs == {
        "url": "git@git.example.com:g/r.git",
        "branch": "main",
        "tag": "",
        "commit": "",
        "build_type": "branch",
        "depth": 3,
        "submodules": True,
        "lfs": True,
        "path": "",
    }


def test_without_a_source_the_steps_come_first() -> None:
    for scms in (None, [], [{"url": ""}]):
        assert [step.key for step in compiled(scms=scms).new.spec.steps] == ["stage1"]


@pytest.mark.parametrize(
    ("choice", "overrides", "definition", "branch"),
    [
        ({}, {}, source(), "main"),
        ({}, {"codeBranch": "dev"}, source(), "dev"),
        ({"branch": "hot"}, {"codeBranch": "dev"}, source(), "hot"),
        ({}, {}, source(branch=None), "master"),
        ({}, {}, {**source(branch=None), "parameters": [parameter("codeBranch", "next")]}, "next"),
        ({}, {}, {**source(branch="${codeBranch}"), "parameters": [parameter("codeBranch", "next")]}, "next"),
        ({}, {"v": "2"}, {**source(branch="release/${v}"), "parameters": [parameter("v", "1")]}, "release/2"),
        ({}, {}, source(branch="refs/heads/topic"), "topic"),
    ],
)
def test_the_branch_of_a_run(
    choice: dict[str, str], overrides: dict[str, str], definition: dict[str, Any], branch: str
) -> None:
    new = compiled(Scm(**choice), overrides, **definition).new
    assert new.branch == new.spec.steps[0].inputs["branch"] == new.spec.env["codeBranch"] == branch
    assert {"name": "codeBranch", "value": branch, "type": "normalparam", "secret": False} in new.parameters


@pytest.mark.parametrize(
    ("choice", "build_type", "tag", "commit"),
    [
        ({"build_tag": "v1"}, "tag", "v1", ""),
        ({"build_commit_id": "ABCDEF1234"}, "commitId", "", "abcdef1234"),
        ({"build_tag": "v1", "build_type": "branch"}, "branch", "", ""),
        ({"build_tag": "", "build_commit_id": ""}, "branch", "", ""),
    ],
)
def test_a_tag_or_a_commit_of_a_run(choice: dict[str, str], build_type: str, tag: str, commit: str) -> None:
    new = compiled(Scm(**choice), **source()).new
    assert (new.build_type, new.tag, new.commit_id) == (build_type, tag, commit)
    inputs = new.spec.steps[0].inputs
    assert (inputs["build_type"], inputs["tag"], inputs["commit"]) == (build_type, tag, commit)


@pytest.mark.parametrize("build_type", ["tag", "commitId"])
def test_a_tag_or_commit_task_needs_one_to_run(build_type: str) -> None:
    assert "the run names none" in compiled(**source(build_type=build_type)).refusal
    assert compiled(Scm(build_type="branch"), **source(build_type=build_type)).refusal == ""


def test_a_run_may_bring_its_own_source() -> None:
    new = compiled(Scm(url="https://git.example.com/other.git")).new
    assert new.source_url == "https://git.example.com/other.git"
    assert new.spec.steps[0].action == "checkout"


def test_private_values_are_apart_from_everything_that_is_shown() -> None:
    declared = [
        parameter("KEY", "******", sensitiveVar="true"),
        parameter("OTHER", "******", sensitiveVar="true"),
    ]
    new = compiled(None, {"OTHER": "given-now"}, {"KEY": "kept", "OTHER": "old"}, parameters=declared).new
    assert new.secret_env == {"KEY": "kept", "OTHER": "given-now"}
    text = msgspec.json.encode([msgspec.to_builtins(new.spec), new.parameters]).decode()
    assert "kept" not in text
    assert "given-now" not in text
    assert {"name": "KEY", "value": "******", "type": "normalparam", "secret": True} in new.parameters


def test_a_private_parameter_cannot_name_a_branch() -> None:
    declared = [parameter("KEY", "******", sensitiveVar="true")]
    with pytest.raises(Invalid, match="no public parameter"):
        compiled(None, {}, {"KEY": "main"}, parameters=declared, **source(branch="${KEY}"))


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"unknown": "x"}, "parameter[0].name"),
        ({"BUILDNUMBER": "1"}, "parameter[0].name"),
        ({"colour": "green"}, "parameter[0].value"),
        ({"colour": "red", "v": "{{x}}"}, "parameter[1].value"),
    ],
)
def test_refused_choices(overrides: dict[str, str], field: str) -> None:
    colour = parameter("colour", "red", type="customizeparam")
    colour["params"][2]["limits"] = [{"name": "red"}, {"name": "blue"}]
    with pytest.raises(Invalid) as refused:
        compiled(None, overrides, parameters=[colour, parameter("v")])
    assert refused.value.field == field


def test_what_a_pipeline_hands_over_needs_no_declaration() -> None:
    new = compiled(None, {"PIPELINE_ID": "p1", "PIPELINE_NUMBER": "12"}).new
    assert (new.spec.env["PIPELINE_ID"], new.spec.env["PIPELINE_NUMBER"]) == ("p1", "12")


def test_a_bad_branch_is_refused_when_it_is_known() -> None:
    with pytest.raises(Invalid):
        compiled(None, {"codeBranch": "--upload-pack=x"}, **source())
    with pytest.raises(Invalid):
        compiled(None, {}, parameters=[parameter("b", "a..b")], **source(branch="${b}"))


def test_unknown_modules_and_switched_off_steps_stay_in_the_plan() -> None:
    steps = [
        shell_step(enable=False),
        shell_step(enable=None, name="Lenient", properties={"command": "x", "ignore_fail": "true"}),
        {"module_id": "devcloud2018.codeci_action_99999.action", "name": "Odd", "properties": {"a": 1}},
    ]
    planned = compiled(steps=steps).new.spec.steps
    assert [(step.action, step.enabled, step.ignore_failure) for step in planned] == [
        ("sh", False, False),
        ("sh", True, True),
        ("module devcloud2018.codeci_action_99999.action", True, False),
    ]
    assert planned[2].inputs == {"a": 1}
    assert planned[2].action not in ACTIONS
    assert [step.key for step in planned] == ["stage1", "stage2", "stage3"]


def test_the_network_can_be_switched_off() -> None:
    assert compiled().new.spec.network is True
    assert compiled(parameters=[parameter("BOTTEGA_NETWORK", "off")]).new.spec.network is False
    declared = [parameter("BOTTEGA_NETWORK", "on")]
    assert compiled(None, {"BOTTEGA_NETWORK": "OFF"}, parameters=declared).new.spec.network is False


def test_a_yaml_task_without_a_source_cannot_be_scheduled() -> None:
    assert "no source" in compiled(build_config_type="YAML").refusal


def test_a_yaml_task_is_held_with_what_its_plan_is_made_from() -> None:
    found = compiled(
        build_config_type="YAML",
        scms=[{"url": "https://git.example.com/a/b.git", "branch": "main", "enable_git_lfs": True}],
        parameters=[parameter("CB_BUILD_YAML_PATH", "ci/x.yml"), parameter("KEY", "k", sensitiveVar="true")],
    )
    assert (found.refusal, found.new.held, found.new.spec.steps) == ("", "plan", [])
    assert found.plan is not None
    assert (found.plan.path, found.plan.branch, found.plan.lfs) == ("ci/x.yml", "main", True)
    assert found.plan.private == ["KEY"]
    assert "KEY" not in found.plan.values


def test_where_and_how_long_it_runs() -> None:
    new = compiled(arch="arm", flavor="DEFAULT", host_type="gpu", timeout={"limit": "1", "unit": "hour"}).new
    assert (new.arch, new.flavor, new.pool, new.spec.timeout_seconds) == ("arm", "2u8g", "gpu", 3600.0)
    assert new.spec.opening == f"[JobStatusPlugin] onStarted: {new.execution_id} #7"


def download(name: Any, **more: Any) -> dict[str, Any]:
    module = "devcloud2018.codeci_action_20061.action"
    return {"module_id": module, "name": "file", "properties": {"name": name}, **more}


def test_parameters_are_put_into_the_inputs_of_steps_but_never_into_scripts() -> None:
    steps = [
        download("settings-${env}-${INCREASENUM}-${JOB_NAME}.xml"),
        shell_step("echo ${env}"),
        download("${codeBranch}${WORKSPACE}${unknown}${inner}$env.xml"),
    ]
    declared = [parameter("env", "test"), parameter("inner", "${env}")]
    new = compiled(steps=steps, parameters=declared, overrides={"env": "live"}).new
    image = shell_step()["properties"]["image"]
    assert [step.inputs for step in new.spec.steps] == [
        {"name": "settings-live-7-shop.xml"},
        {"image": image, "command": "echo ${env}"},
        {"name": "master${WORKSPACE}${unknown}${env}$env.xml"},
    ]
    assert new.spec.secret_files[0] == "settings-live-7-shop.xml"


def test_texts_inside_lists_are_filled_too() -> None:
    found = put_in({"a": ["${x}", 1, {"b": "${x}${x}"}], "n": 2}, {"x": "v"}, (), "properties")
    assert found == {"a": ["v", 1, {"b": "vv"}], "n": 2}


def test_whether_a_failure_is_ignored_may_be_a_parameter() -> None:
    steps = [shell_step(properties={"command": "make", "ignore_fail": "${lax}"})]
    for value, ignored in (("true", True), ("false", False)):
        new = compiled(steps=steps, parameters=[parameter("lax", value)]).new
        assert [step.ignore_failure for step in new.spec.steps] == [ignored]


def test_a_run_demands_its_size_unless_it_is_the_smallest() -> None:
    found = {flavor: compiled(flavor=flavor).new.demands for flavor in ("", "DEFAULT", "2U8G", "16u32g")}
    assert found == {"": "", "DEFAULT": "", "2U8G": "", "16u32g": "flavor=16u32g"}
    assert also_demanded("flavor=16u32g label=ssd", [], "4u8g") == "flavor=4u8g label=ssd"
    assert also_demanded("flavor=16u32g", [], "2u8g") == ""
    assert also_demanded("flavor=16u32g", []) == "flavor=16u32g"


def test_a_private_parameter_gets_into_no_input() -> None:
    hidden = [parameter("key", "s3cret", sensitiveVar="true")]
    with pytest.raises(Invalid) as refusal:
        compiled(steps=[shell_step(), download("${key}.xml")], parameters=hidden, private={"key": "s3cret"})
    assert refusal.value.field == "steps[1].properties.name"
    assert "${key} is a private parameter" in str(refusal.value)
    assert "s3cret" not in str(refusal.value)
    disabled = [download("${key}.xml", enable=False)]
    (step,) = compiled(steps=disabled, parameters=hidden, private={"key": "s3cret"}).new.spec.steps
    assert step.inputs == {"name": "${key}.xml"}


def test_many_references_to_a_long_value_are_refused_and_not_written_out() -> None:
    with pytest.raises(Invalid, match="65536 characters with its parameters put in"):
        compiled(steps=[download("${long}" * 100_000)], parameters=[parameter("long", "x" * 8000)])


def test_a_run_demands_what_its_steps_need() -> None:
    def maven(image: str, **more: Any) -> dict[str, Any]:
        module = "devcloud2018.codeci_action_20043.action"
        properties = {"command": "mvn package", "image": image}
        return {"module_id": module, "name": "Maven", "properties": properties, **more}

    steps = [shell_step(), maven("maven3.9.5-${jdk}"), maven("maven3-jdk8", enable=False)]
    new = compiled(steps=steps, parameters=[parameter("jdk", "jdk17")]).new
    assert new.demands == "jdk=17 maven=3.9.5"
    assert compiled().new.demands == ""


def test_labels_are_demanded_by_a_parameter() -> None:
    declared = [parameter("BOTTEGA_AGENT_LABELS", "ssd")]
    assert compiled(parameters=declared).new.demands == "label=ssd"
    chosen = compiled(parameters=declared, overrides={"BOTTEGA_AGENT_LABELS": "gpu, ssd"})
    assert chosen.new.demands == "label=gpu label=ssd"
    with pytest.raises(Invalid, match="parameter BOTTEGA_AGENT_LABELS: 'a/b' is no label"):
        compiled(parameters=declared, overrides={"BOTTEGA_AGENT_LABELS": "a/b"})
    with pytest.raises(Invalid, match="cannot be a private parameter"):
        compiled(parameters=[parameter("BOTTEGA_AGENT_LABELS", "ssd", sensitiveVar="true")])
