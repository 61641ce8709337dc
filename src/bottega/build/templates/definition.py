"""The saved form of a template: what a client wrote, checked by the rules of tasks and otherwise unchanged."""

import re

import msgspec

from bottega.build import definition as tasks
from bottega.build.templates.wire import CreateTemplateSteps
from bottega.build.wire import CreateBuildJobParameter
from bottega.errors import Invalid
from bottega.scm.urls import UrlPolicy

MAX_NAME = 128
MAX_DESCRIPTION = 1024
MAX_TOOL_TYPE = 64
_CONTROL = r"\u0000-\u001f\u007f-\u009f"
NAME_PATTERN = rf"^[^\s{_CONTROL}](?:[^{_CONTROL}]{{0,{MAX_NAME - 2}}}[^\s{_CONTROL}])?$"

_NAME = re.compile(NAME_PATTERN)
_ANY_MACHINE = "x86-64"


class TemplateDefinition(msgspec.Struct, kw_only=True):
    """What makes a template. :func:`check` masks private defaults, which are sealed elsewhere."""

    name: str
    description: str | None = None
    tool_type: str | None = None
    steps: list[CreateTemplateSteps]
    parameters: list[CreateBuildJobParameter] | None = None


def check(definition: TemplateDefinition) -> dict[str, str]:
    """Check everything, mask the private defaults in place and return them by name. Raises :class:`Invalid`.

    Steps and parameters have to be good for a task: that is what a template is there for.
    """
    if not _NAME.fullmatch(definition.name):
        raise Invalid(
            "name",
            f"must be 1 to {MAX_NAME} characters, none of them a control character,"
            " and neither begin nor end with a space",
        )
    _check_text(definition.description, "description", MAX_DESCRIPTION)
    _check_text(definition.tool_type, "tool_type", MAX_TOOL_TYPE)
    task = tasks.Definition(
        arch=_ANY_MACHINE,
        steps=[step.of_task() for step in definition.steps],
        parameters=definition.parameters,
    )
    try:
        declared = tasks.check(task, UrlPolicy())
    except Invalid as error:
        if error.field.startswith("steps"):
            raise Invalid(f"template.{error.field}", error.reason) from None
        raise
    return tasks.take_secrets(task, declared, {})


def _check_text(value: str | None, field: str, limit: int) -> None:
    if value is None:
        return
    if len(value) > limit:
        raise Invalid(field, f"has {len(value)} characters, {limit} are allowed")
    if "\0" in value:
        raise Invalid(field, "contains a NUL character")
