from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bottega.build.definition import Definition, check, check_name, take_secrets
from bottega.build.parameters import MASK
from bottega.errors import Invalid
from bottega.scm.urls import UrlPolicy
from tests.build.harness import SHELL_MODULE, parameter, shell_step

POLICY = UrlPolicy(allow_http=True)
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def definition(**changes: Any) -> Definition:
    return msgspec.convert({"arch": "x86-64", "steps": [], **changes}, Definition)


def scm(**changes: Any) -> list[dict[str, Any]]:
    return [{"url": "git@git.example.com:g/r.git", **changes}]


@given(st.lists(st.dictionaries(TEXT, JSON, max_size=4), max_size=4))
def test_steps_keep_their_order_and_properties(properties: list[dict[str, Any]]) -> None:
    steps = [
        {"module_id": f"devcloud2018.codeci_action_{30000 + index}.action", "name": "s", "properties": one}
        for index, one in enumerate(properties)
    ]
    saved = definition(steps=steps)
    check(saved, POLICY)
    stored = msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(saved)))
    again = msgspec.convert(stored, Definition)
    assert [one.properties for one in again.steps or []] == properties
    assert again == saved


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"arch": "x86"}, "arch"),
        ({"flavor": "2u"}, "flavor"),
        ({"host_type": "a b"}, "host_type"),
        ({"cluster_selected": {"name": "a/b"}}, "cluster_selected.name"),
        ({"auto_update_sub_module": "maybe"}, "auto_update_sub_module"),
        ({"build_config_type": "XML"}, "build_config_type"),
        ({"group_id": "G"}, "group_id"),
        ({"timeout": {"limit": "x", "unit": "hour"}}, "timeout.limit"),
        ({"timeout": {"limit": "1", "unit": "year"}}, "timeout.unit"),
        ({"timeout": {"limit": "8", "unit": "days"}}, "timeout.limit"),
        ({"steps": [shell_step(name="")]}, "steps[0].name"),
        ({"steps": [shell_step(name="a|b")]}, "steps[0].name"),
        ({"steps": [shell_step(name="x" * 129)]}, "steps[0].name"),
        ({"steps": [shell_step(), shell_step(module_id="a b")]}, "steps[1].module_id"),
        ({"steps": [shell_step(command=["a"])]}, "steps[0].properties.command"),
        ({"steps": [shell_step("a\0b")]}, "steps[0].properties.command"),
        ({"steps": [shell_step(version="a\0b")]}, "steps[0].version"),
        ({"scms": scm() * 2}, "scms"),
        ({"scms": scm(url="file:///srv/repo")}, "scms[0].url"),
        ({"scms": scm(url="https://u:p@git.example.com/r")}, "scms[0].url"),
        ({"scms": scm(branch="a..b")}, "scms[0].branch"),
        ({"scms": scm(build_type="commit")}, "scms[0].build_type"),
        ({"scms": scm(depth="-1")}, "scms[0].depth"),
        ({"triggers": [{"name": "x", "parameters": []}]}, "triggers[0].name"),
        ({"parameters": [parameter("BOTTEGA_AGENT_LABELS", "a/b")]}, "parameters BOTTEGA_AGENT_LABELS"),
        ({"parameters": [parameter("BOTTEGA_AGENT_LABELS", sensitiveVar="true")]}, "parameters"),
    ],
)
def test_a_fault_is_named_by_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check(definition(**changes), POLICY)
    assert refused.value.field == field


@pytest.mark.parametrize("name", ["a", "构建-task_1", "x" * 115])
def test_good_task_names(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ["", "a b", "x" * 116, "a/b", "a\n", "é"])
def test_bad_task_names(name: str) -> None:
    with pytest.raises(Invalid):
        check_name(name)


def test_fifty_steps_are_allowed_and_one_more_is_not() -> None:
    check(definition(steps=[shell_step()] * 50), POLICY)
    with pytest.raises(Invalid, match="at most 50 steps"):
        check(definition(steps=[shell_step()] * 51), POLICY)


def test_a_step_may_be_saved_before_it_is_filled_in() -> None:
    for properties in (None, {}, {"command": ""}, {"image": "shell"}):
        check(definition(steps=[{"module_id": SHELL_MODULE, "name": "s", "properties": properties}]), POLICY)


@pytest.mark.parametrize(
    ("number", "properties"),
    [
        ("20057", {"backetName": "${bucket}"}),
        ("20043", {"command": "mvn", "deal": "deal", "ignoreTest": "${ignore}"}),
        ("20018", {"file": "a", "overwrite": "${again}"}),
        ("20057", {"backetName": "bucket", "obsHeaders": [{"headerKey": ["${x}"]}]}),
    ],
)
def test_what_a_parameter_will_be_is_not_judged_before_a_run(number: str, properties: dict[str, Any]) -> None:
    module = f"devcloud2018.codeci_action_{number}.action"
    check(definition(steps=[{"module_id": module, "name": "s", "properties": properties}]), POLICY)
    bad = msgspec.json.decode(msgspec.json.encode(properties).replace(b"${", b"$ {"))
    with pytest.raises(Invalid, match=r"^steps\[0\]\.properties\."):
        check(definition(steps=[{"module_id": module, "name": "s", "properties": bad}]), POLICY)


def test_a_script_is_judged_whatever_it_mentions() -> None:
    nested: Any = "${x}"
    for _ in range(400):
        nested = [nested]
    for command in ("${x}\0", ["${x}"], nested):
        with pytest.raises(Invalid) as refused:
            check(definition(steps=[shell_step(command)]), POLICY)
        assert refused.value.field == "steps[0].properties.command"


@pytest.mark.parametrize(
    ("limit", "unit", "seconds"),
    [("90", "second", 90), ("2", "hour", 7200), ("5", "Minutes", 300), ("3", None, 180)],
)
def test_the_timeout_in_seconds(limit: str, unit: str | None, seconds: int) -> None:
    assert definition(timeout={"limit": limit, "unit": unit}).timeout_seconds(240) == seconds


def test_without_a_timeout_the_servers_holds() -> None:
    assert definition().timeout_seconds(240) == 14_400
    assert definition(timeout={"limit": None, "unit": "hour"}).timeout_seconds(240) == 14_400


def test_the_pool_comes_from_the_cluster_or_the_host_type() -> None:
    assert definition(host_type="devcloud").pool == "default"
    assert definition(host_type="gpu").pool == "gpu"
    assert definition(host_type="devcloud", cluster_selected={"name": "arm-farm"}).pool == "arm-farm"


def test_private_defaults_leave_the_definition() -> None:
    saved = definition(parameters=[parameter("KEY", "hunter2", sensitiveVar="true"), parameter("open", "x")])
    declared = check(saved, POLICY)
    assert take_secrets(saved, declared, {}) == {"KEY": "hunter2"}
    text = msgspec.json.encode(saved).decode()
    assert "hunter2" not in text
    assert MASK in text


def test_the_mask_written_back_keeps_the_value_it_stands_for() -> None:
    saved = definition(parameters=[parameter("KEY", MASK, sensitiveVar="true")])
    assert take_secrets(saved, check(saved, POLICY), {"KEY": "hunter2"}) == {"KEY": "hunter2"}
    saved = definition(parameters=[parameter("KEY", MASK, sensitiveVar="true")])
    assert take_secrets(saved, check(saved, POLICY), {}) == {"KEY": ""}


def test_file_repositories_follow_the_policy(tmp_path: Path) -> None:
    check(definition(scms=scm(url=f"file://{tmp_path}")), UrlPolicy(file_urls=True))
