"""The official templates: what their files say has to be right, and each has to run as it is."""

import re
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from bottega.build import definition as tasks
from bottega.build.actions import ACTIONS
from bottega.build.compile import RunChoices, TaskFacts, compile_run
from bottega.build.definition import Definition
from bottega.build.templates import catalogue
from bottega.build.templates.catalogue import OfficialTemplate
from bottega.build.templates.definition import TemplateDefinition, check
from bottega.scm.urls import UrlPolicy
from bottega.settings import Settings

FACTS = TaskFacts(
    id="a" * 32,
    name="task",
    tenant_id="t" * 32,
    project_id="p" * 32,
    user_id="u" * 32,
    user_name="ann",
    trigger="MANUAL",
)
every_template = pytest.mark.parametrize("template", catalogue.official(), ids=lambda one: one.name)


def task_of(template: OfficialTemplate) -> Definition:
    """The task that a client makes of a template."""
    return Definition(
        arch="x86-64",
        steps=[step.of_task() for step in template.steps],
        parameters=template.wire_parameters(),
    )


@every_template
def test_a_template_becomes_a_task_that_can_be_run(template: OfficialTemplate) -> None:
    definition = task_of(template)
    tasks.check(definition, UrlPolicy())
    compiled = compile_run(
        FACTS,
        definition,
        {},
        RunChoices(),
        number=1,
        daily_number="20260101.1",
        at=datetime(2026, 1, 1),
        settings=Settings(),
    )
    assert compiled.refusal == ""
    steps = compiled.new.spec.steps
    for step in steps:
        ACTIONS[step.action].check(step.inputs)
    for parameter in template.parameters:
        assert compiled.new.spec.env[parameter.name] == parameter.default


@every_template
@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_commands_are_valid_for_either_shell(template: OfficialTemplate, shell: str) -> None:
    for step in template.steps:
        command = (step.properties or {}).get("command", "")
        done = subprocess.run([shell, "-n"], input=command, text=True, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@every_template
def test_a_template_could_be_saved_as_ones_own(template: OfficialTemplate) -> None:
    check(
        TemplateDefinition(
            name=template.name,
            description=template.description,
            tool_type=template.tool_type,
            steps=template.steps,
            parameters=template.wire_parameters(),
        )
    )
    assert template.language
    assert template.tool_type
    assert template.description.endswith(".")
    assert all(1 <= signal.score <= 100 and signal.files for signal in template.detect)
    for step in template.steps:
        used = set(re.findall(r"\$\{?([A-Z_]+)", str(step.properties)))
        assert used <= {one.name for one in template.parameters}


def test_templates_of_tools_use_the_steps_of_the_tools() -> None:
    modules = {
        one.tool_type: [step.of_task().module_id for step in one.steps] for one in catalogue.official()
    }
    for name in ("maven", "npm", "cmake"):
        assert modules[name] == [f"devcloud2018.codeci_action_{ACTIONS[name].module}.action"]


def test_identifiers_and_names_are_unique() -> None:
    templates = catalogue.official()
    for values in (
        {one.uuid for one in templates},
        {one.object_id for one in templates},
        {one.name for one in templates},
    ):
        assert len(values) == len(templates)
    assert all(re.fullmatch("[0-9a-f]{32}", one.uuid) for one in templates)


def test_there_is_a_template_for_what_people_build() -> None:
    offered = {one.tool_type for one in catalogue.official()}
    assert offered >= {
        *("blank", "shell", "make", "cmake", "maven", "gradle", "ant", "npm", "yarn", "pnpm"),
        *("python", "go", "cargo", "dotnet", "composer", "docker"),
    }


def test_the_reference_page_names_every_template_and_its_files() -> None:
    page = (Path(__file__).parents[3] / "docs/reference/templates.md").read_text("utf-8")
    rows = re.findall(r"^\| ([^|]+) \| `(\w+)` \|([^|]*)\|$", page, re.MULTILINE)
    told = {name: (tool_type, re.findall(r"`([^`]+)`", files)) for name, tool_type, files in rows[1:]}
    assert told == {
        one.name: (one.tool_type, [file for signal in one.detect for file in signal.files])
        for one in catalogue.official()
    }
