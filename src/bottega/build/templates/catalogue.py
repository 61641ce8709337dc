"""The official templates: one TOML file each in the folder ``official``.

A file says what the template is called, which steps and parameters it has, and by which files a repository is
recognised that it is good for. One whose steps need an action that this version does not have stays out of the
catalogue until the action is there.
"""

from functools import cache
from importlib import resources

import msgspec

from bottega.build.templates.wire import CreateTemplateSteps
from bottega.build.wire import CreateBuildJobParameter, CreateBuildJobParameterParam

PACKAGE = "bottega.build.templates"
FOLDER = "official"
PARAMETER_CLASS = "hudson.model.StringParameterDefinition"
OBJECT_ID_LENGTH = 24


class Signal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files that speak for a template: names, or endings such as ``*.csproj``, and how strongly (1 to 100)."""

    files: list[str]
    score: int


class OfficialParameter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text that may be chosen for each run."""

    name: str
    description: str
    default: str = ""

    def wire(self) -> CreateBuildJobParameter:
        """In the encoding of tasks' parameters."""
        pairs = {
            "name": self.name,
            "type": "normalparam",
            "defaultValue": self.default,
            "description": self.description,
            "deletion": "false",
            "defaults": "false",
            "staticVar": "true",
            "sensitiveVar": "false",
        }
        return CreateBuildJobParameter(
            name=PARAMETER_CLASS,
            params=[CreateBuildJobParameterParam(name=name, value=value) for name, value in pairs.items()],
        )


class OfficialTemplate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template that comes along. ``uuid`` never changes once it was released."""

    uuid: str
    name: str
    language: str
    tool_type: str
    description: str
    steps: list[CreateTemplateSteps] = []
    parameters: list[OfficialParameter] = []
    detect: list[Signal] = []

    @property
    def object_id(self) -> str:
        """The second identifier, which custom templates have too."""
        return self.uuid[:OBJECT_ID_LENGTH]

    def wire_parameters(self) -> list[CreateBuildJobParameter]:
        """The parameters in the encoding of tasks'."""
        return [parameter.wire() for parameter in self.parameters]


@cache
def official() -> tuple[OfficialTemplate, ...]:
    """The templates of all files, by name."""
    folder = resources.files(PACKAGE) / FOLDER
    found = [
        msgspec.toml.decode(file.read_bytes(), type=OfficialTemplate)
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    ]
    return tuple(sorted(found, key=lambda template: template.name.casefold()))
