from typing import Any

import msgspec
import pytest

from bottega.build.templates.definition import TemplateDefinition, check
from bottega.errors import Invalid
from tests.build.harness import parameter, shell_step


def definition(**changes: Any) -> TemplateDefinition:
    return msgspec.convert({"name": "shop", "steps": [], **changes}, TemplateDefinition)


@pytest.mark.parametrize("name", ["a", "模板 1", "x" * 128, "a: (b) / c", 'quotes "and" more'])
def test_names_that_are_taken(name: str) -> None:
    check(definition(name=name))


def deep() -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(60):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"name": " a"}, "name"),
        ({"name": "a\n"}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "x" * 129}, "name"),
        ({"description": "x" * 1025}, "description"),
        ({"description": "a\0"}, "description"),
        ({"tool_type": "x" * 65}, "tool_type"),
        ({"steps": [shell_step()] * 51}, "template.steps"),
        ({"steps": [shell_step(), {"module_id": "no spaces"}]}, "template.steps[1].module_id"),
        ({"steps": [shell_step(name="x" * 129)]}, "template.steps[0].name"),
        ({"steps": [shell_step(command=["a"])]}, "template.steps[0].properties.command"),
        ({"steps": [shell_step(properties={"a": "b\0"})]}, "template.steps[0].properties.a"),
        ({"steps": [shell_step(properties=deep())]}, "template.steps[0]"),
        ({"parameters": [parameter("PATH")]}, "parameters[0].params"),
        ({"parameters": [parameter("a"), parameter("a")]}, "parameters[1].params"),
        ({"parameters": [parameter("a", "{{x}}")]}, "parameters[0].params"),
    ],
)
def test_what_is_refused_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check(definition(**changes))
    assert refused.value.field == field


def test_fifty_steps_and_steps_without_names_are_taken() -> None:
    written = definition(
        steps=[{"module_id": "m", "name": name} for name in (None, "")] + [shell_step()] * 48
    )
    check(written)
    assert [step.name for step in written.steps[:2]] == [None, ""]


def test_private_defaults_are_taken_out() -> None:
    written = definition(
        parameters=[parameter("open", "1"), parameter("secret", "hidden", sensitiveVar="true")]
    )
    assert check(written) == {"secret": "hidden"}
    assert "hidden" not in msgspec.json.encode(written).decode()
