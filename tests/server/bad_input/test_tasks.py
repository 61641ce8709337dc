"""What no build task may have is refused with its field."""

from typing import Any

import pytest

from bottega.build.definition import MAX_TRIGGERS
from bottega.build.parameters import FORBIDDEN, MAX_PARAMETERS, PREDEFINED
from bottega.build.steps import MAX_STEPS
from tests.build.harness import parameter, shell_step
from tests.server.bad_input.desk import BODY_LIMIT, INVALID, JSON, NO_ID, Desk, refusal


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a" * 116,
        "a b",
        "a/b",
        "../x",
        "a.b",
        "<b>",
        "a\n",
        "a\0",
        "\u00e9",
        "\u202e",
        "\U0001f600",
        "-" * (BODY_LIMIT - 10_000),
    ],
    ids=lambda name: ascii(name)[:20],
)
def test_a_name_that_no_task_may_have_is_refused(desk: Desk, name: str) -> None:
    assert refusal(desk.create(job_name=name), "job_name") == INVALID
    assert refusal(desk.update(job_name=name), "job_name") == INVALID


def test_a_name_that_is_taken_is_refused(desk: Desk) -> None:
    name = desk.http.get(desk.path("/v1/job/{job_id}/config")).json()["result"]["job_name"]
    assert refusal(desk.create(job_name=name), "job_name", name) == INVALID


REFUSED_FIELDS: list[tuple[str, dict[str, Any]]] = [
    ("arch", {"arch": "x86"}),
    ("arch", {"arch": "a" * 100_000}),
    ("flavor", {"flavor": "huge"}),
    ("flavor", {"flavor": "0u0g"}),
    ("flavor", {"flavor": "\uff12u8g"}),
    ("flavor", {"flavor": "a" * 100_000}),
    ("host_type", {"host_type": "no pool"}),
    ("host_type", {"host_type": "p" * 65}),
    ("cluster_selected.name", {"cluster_selected": {"name": "a/b"}}),
    ("build_config_type", {"build_config_type": "XML"}),
    ("auto_update_sub_module", {"auto_update_sub_module": "perhaps"}),
    ("group_id", {"group_id": "G" * 32}),
    ("timeout.limit", {"timeout": {"limit": "-1"}}),
    ("timeout.limit", {"timeout": {"limit": "soon"}}),
    ("timeout.limit", {"timeout": {"limit": 10**30}}),
    ("timeout.limit", {"timeout": {"limit": "9" * 5000}}),
    ("timeout.limit", {"timeout": {"limit": "8", "unit": "day"}}),
    ("timeout.unit", {"timeout": {"limit": "1", "unit": "fortnight"}}),
    ("steps", {"steps": [shell_step() for _ in range(MAX_STEPS + 1)]}),
    ("steps[1].name", {"steps": [shell_step(), shell_step(name="")]}),
    ("steps[0].name", {"steps": [shell_step(name="n" * 129)]}),
    ("steps[0].name", {"steps": [shell_step(name="a\tb")]}),
    ("steps[0].module_id", {"steps": [shell_step(module_id="")]}),
    ("steps[0].module_id", {"steps": [shell_step(module_id="m" * 129)]}),
    ("steps[0].module_id", {"steps": [shell_step(module_id="a b")]}),
    ("steps[0].properties", {"steps": [shell_step(["make"])]}),
    ("steps[0].properties", {"steps": [shell_step("make\0")]}),
    ("steps[0].properties", {"steps": [shell_step(properties={"a\0": "b"})]}),
    ("triggers", {"triggers": [{"name": "x", "parameters": []} for _ in range(MAX_TRIGGERS + 1)]}),
    ("triggers[0].name", {"triggers": [{"name": "hudson.triggers.Other", "parameters": []}]}),
    ("triggers[0].name", {"triggers": [{"name": "t" * 100_000, "parameters": []}]}),
    ("scms", {"scms": [{"url": ""}, {"url": ""}]}),
    ("scms[0].build_type", {"scms": [{"url": "", "build_type": "trunk"}]}),
    ("scms[0].depth", {"scms": [{"url": "", "depth": "deep"}]}),
    ("scms[0].depth", {"scms": [{"url": "", "depth": -1}]}),
    ("scms[0].depth", {"scms": [{"url": "", "depth": "\u0661"}]}),
    ("scms[0].web_url", {"scms": [{"url": "", "web_url": "a\0"}]}),
    ("parameters", {"parameters": [parameter(f"p{n}") for n in range(MAX_PARAMETERS + 1)]}),
    ("parameters[1].params", {"parameters": [parameter("twice"), parameter("twice")]}),
    ("parameters[0].params", {"parameters": [{"name": "x"}]}),
    ("parameters[0].params", {"parameters": [parameter("a", type="magic")]}),
    ("parameters[0].params", {"parameters": [parameter("a", type="t" * 100_000)]}),
    ("parameters[0].params", {"parameters": [parameter("a", sensitiveVar="perhaps")]}),
    ("parameters[0].params", {"parameters": [parameter("codeBranch", sensitiveVar="true")]}),
    ("parameters[0].params", {"parameters": [parameter("a", "v" * 8193)]}),
    ("parameters[0].params", {"parameters": [parameter("a", "x\0")]}),
    ("parameters[0].params", {"parameters": [parameter("a", "{{ x }}")]}),
    ("parameters[0].params", {"parameters": [parameter("a", "{% x %}")]}),
    ("parameters[0].params", {"parameters": [parameter("a", "{# x #}")]}),
]


@pytest.mark.parametrize(
    ("field", "changes"), REFUSED_FIELDS, ids=[f"{i}-{field}" for i, (field, _) in enumerate(REFUSED_FIELDS)]
)
def test_what_no_task_may_have_is_refused_with_its_field(
    desk: Desk, field: str, changes: dict[str, Any]
) -> None:
    assert refusal(desk.create(**changes), field) == INVALID
    assert refusal(desk.update(**changes), field) == INVALID


@pytest.mark.parametrize(
    "name",
    [*sorted(FORBIDDEN), *sorted(PREDEFINED), "", "a-b", "a b", "a\0", "a\n", "\u00e9", "n" * 129, "$(id)"],
)
def test_a_name_that_no_parameter_may_have_is_refused(desk: Desk, name: str) -> None:
    assert refusal(desk.create(parameters=[parameter(name)]), "parameters[0].params") == INVALID
    assert refusal(desk.execute(parameter=[{"name": name, "value": "x"}]), "parameter[0].name") == INVALID


def test_of_a_key_given_twice_the_last_one_counts(desk: Desk) -> None:
    """As every JSON reader of the clients does it; it is not refused, but what it means is checked."""
    content = f'{{"job_id": "{desk.world.job_id}", "job_id": "nonsense"}}'
    assert refusal(desk.http.post("/v1/job/execute", content=content, headers=JSON), "job_id") == NO_ID["v1"]
