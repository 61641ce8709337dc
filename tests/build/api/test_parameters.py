"""What the server tells about parameters is what it does."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    ShowBuildParamsListRequest,
    ShowDefaultBuildParametersRequest,
    ShowJobSystemParametersRequest,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from bottega.build import parameters
from bottega.build.compile import RunChoices, TaskFacts, compile_run
from bottega.build.definition import Definition
from bottega.build.parameter_catalogue import DEFINITION, FORM, NEW_TASK, SYSTEM_PARAMETERS, Field
from bottega.build.wire import CreateBuildJobParameter, CreateBuildJobParameterParam, ParameterItem
from bottega.errors import Invalid
from bottega.settings import Settings
from tests.build.harness import Server, task_body

FIELDS = {field.name: field for field in FORM}
BY_CHECKOUT = {"COMMIT_ID", "COMMIT_ID_SHORTER", "GIT_TAG"}
BY_RUNNER = {"WORKSPACE"}
"""Known only on the agent: its own tests show that it sets them."""


def satisfied(field: Field, text: str) -> bool:
    """Whether a text keeps all constraints of a field."""
    checks: dict[str, Any] = {
        "minLen": lambda value: len(text) >= int(value),
        "maxLen": lambda value: len(text) <= int(value),
        # In a browser's expressions the end is the end.
        "regex": lambda value: re.search(value.replace("$", r"\Z"), text) is not None,
    }
    return all(checks[one.kind](one.value) for one in field.constraints)


def accepted(**pairs: str) -> bool:
    params = [CreateBuildJobParameterParam(name=name, value=value) for name, value in pairs.items()]
    try:
        parameters.parse([CreateBuildJobParameter(name=DEFINITION, params=params)])
    except Invalid:
        return False
    return True


def test_the_sdk_reads_all_three(server: Server) -> None:
    sdk = server.sdk("alice")
    form = sdk.show_build_params_list(ShowBuildParamsListRequest())
    assert (form.status, form.error) == ("success", None)
    (shown,) = form.result.build_parameters
    assert (shown.name, [field.name for field in shown.params]) == (DEFINITION, list(FIELDS))
    name = shown.params[0]
    assert (name.type, name.required, name.defaults) == ("text", True, False)
    limits = {(one.type, one.value) for one in name.constraints}
    assert limits > {("maxLen", "128"), ("minLen", "1"), ("regex", "^[a-zA-Z0-9_]{1,128}$")}
    (new,) = sdk.show_default_build_parameters(ShowDefaultBuildParametersRequest()).result
    assert {pair.name: pair.value for pair in new.params} == NEW_TASK
    system = sdk.show_job_system_parameters(ShowJobSystemParametersRequest()).result
    assert [one.id for one in system] == list(range(1, 13))
    assert (system[5].parameter_name, bool(system[5].description)) == ("BUILDNUMBER", True)


def test_the_default_parameters_make_a_task(server: Server, workshop: str) -> None:
    defaults = server.http.get("/v1/job/default-parameters").json()
    assert set(defaults) == {"status", "result"}
    body = task_body(workshop, parameters=defaults["result"])
    created = server.http.post("/v1/job/create", json=body).json()
    saved = server.http.get(f"/v1/job/{created['result']['job_id']}/config").json()["result"]["parameters"]
    assert [pair["value"] for pair in saved[0]["params"]] == list(NEW_TASK.values())


def test_the_system_parameters_are_those_that_builds_get() -> None:
    listed = {one.name for one in SYSTEM_PARAMETERS}
    assert listed == parameters.PREDEFINED | parameters.PIPELINE
    compiled = compile_run(
        TaskFacts(
            id="a", name="task", tenant_id="b", project_id="c", user_id="d", user_name="e", trigger="MANUAL"
        ),
        Definition(arch="x86-64", steps=[]),
        {},
        RunChoices(parameters=[ParameterItem(name=name, value="7") for name in parameters.PIPELINE]),
        number=3,
        daily_number="20240101.1",
        at=datetime(2024, 1, 1, tzinfo=UTC),
        settings=Settings(),
    )
    assert set(compiled.new.spec.env) - {parameters.BRANCH_PARAMETER} == listed - BY_CHECKOUT - BY_RUNNER


@settings(max_examples=30)
@given(name=st.text(st.sampled_from("aZ_0- é\n"), max_size=3))
def test_names_the_form_takes_are_names_the_server_takes(name: str) -> None:
    assert satisfied(FIELDS["name"], name) == accepted(name=name)


@pytest.mark.parametrize("name", ["x" * 128, "x" * 129, "PATH", "PATHS", "BUILDNUMBER", "a\n", "codeBranch"])
def test_long_and_reserved_names_are_the_same_for_form_and_server(name: str) -> None:
    assert satisfied(FIELDS["name"], name) == accepted(name=name)


@settings(max_examples=30)
@given(value=st.text(st.sampled_from("{%#}a\n\0"), max_size=4))
def test_values_the_form_takes_are_values_the_server_takes(value: str) -> None:
    assert satisfied(FIELDS["defaultValue"], value) == accepted(name="x", defaultValue=value)


@pytest.mark.parametrize("length", [parameters.MAX_VALUE, parameters.MAX_VALUE + 1])
def test_the_longest_value_is_the_same_for_form_and_server(length: int) -> None:
    assert satisfied(FIELDS["defaultValue"], "x" * length) == accepted(name="x", defaultValue="x" * length)


@pytest.mark.parametrize("kind", ["normalparam", "customizeparam", "increment", "other"])
def test_types_the_form_takes_are_types_the_server_takes(kind: str) -> None:
    assert satisfied(FIELDS["type"], kind) == accepted(name="x", type=kind)
