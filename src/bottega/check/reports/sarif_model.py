"""The parts of SARIF 2.1.0 that are read, with the types and bounds of the standard's schema.

Decoding a file into these is the validation: what is wrong is named with its place, such as
``$.runs[0].results[3].level``. Members that mean nothing here are not looked at. Named as in the standard.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Positive = Annotated[int, Meta(ge=1)]
Index = Annotated[int, Meta(ge=-1)]
Level = Literal["none", "note", "warning", "error"]


class Message(msgspec.Struct, kw_only=True):
    text: str = ""
    markdown: str = ""
    id: str = ""
    arguments: list[str] = []


class Text(msgspec.Struct, kw_only=True):
    text: str = ""


class ArtifactLocation(msgspec.Struct, kw_only=True):
    uri: str = ""
    uriBaseId: str = ""  # noqa: N815 - as in the standard
    index: Index = -1


class Region(msgspec.Struct, kw_only=True):
    startLine: Positive | None = None  # noqa: N815
    startColumn: Positive | None = None  # noqa: N815
    endLine: Positive | None = None  # noqa: N815
    endColumn: Positive | None = None  # noqa: N815
    snippet: Text | None = None


class PhysicalLocation(msgspec.Struct, kw_only=True):
    artifactLocation: ArtifactLocation | None = None  # noqa: N815
    region: Region | None = None
    contextRegion: Region | None = None  # noqa: N815


class LogicalLocation(msgspec.Struct, kw_only=True):
    name: str = ""
    fullyQualifiedName: str = ""  # noqa: N815


class Location(msgspec.Struct, kw_only=True):
    physicalLocation: PhysicalLocation | None = None  # noqa: N815
    logicalLocations: list[LogicalLocation] = []  # noqa: N815
    message: Message | None = None


class ThreadFlowLocation(msgspec.Struct, kw_only=True):
    location: Location | None = None
    importance: Literal["important", "essential", "unimportant"] = "important"


class ThreadFlow(msgspec.Struct, kw_only=True):
    locations: Annotated[list[ThreadFlowLocation], Meta(min_length=1)]


class CodeFlow(msgspec.Struct, kw_only=True):
    threadFlows: Annotated[list[ThreadFlow], Meta(min_length=1)]  # noqa: N815


class Replacement(msgspec.Struct, kw_only=True):
    deletedRegion: Region  # noqa: N815
    insertedContent: Text | None = None  # noqa: N815


class ArtifactChange(msgspec.Struct, kw_only=True):
    artifactLocation: ArtifactLocation  # noqa: N815
    replacements: Annotated[list[Replacement], Meta(min_length=1)]


class SarifFix(msgspec.Struct, kw_only=True):
    description: Message | None = None
    artifactChanges: Annotated[list[ArtifactChange], Meta(min_length=1)]  # noqa: N815


class Suppression(msgspec.Struct, kw_only=True):
    kind: Literal["inSource", "external"]
    status: Literal["accepted", "underReview", "rejected"] = "accepted"
    justification: str = ""


class Component(msgspec.Struct, kw_only=True):
    index: Index = -1
    name: str = ""


class RuleReference(msgspec.Struct, kw_only=True):
    id: str = ""
    index: Index = -1
    toolComponent: Component | None = None  # noqa: N815


class Result(msgspec.Struct, kw_only=True):
    message: Message
    ruleId: str = ""  # noqa: N815
    ruleIndex: Index = -1  # noqa: N815
    rule: RuleReference | None = None
    kind: Literal["notApplicable", "pass", "fail", "review", "open", "informational"] = "fail"
    level: Level | None = None
    locations: list[Location] = []
    fingerprints: dict[str, str] = {}
    partialFingerprints: dict[str, str] = {}  # noqa: N815
    codeFlows: list[CodeFlow] = []  # noqa: N815
    fixes: list[SarifFix] = []
    suppressions: list[Suppression] = []
    baselineState: Literal["new", "unchanged", "updated", "absent"] | None = None  # noqa: N815
    properties: dict[str, Any] = {}


class Configuration(msgspec.Struct, kw_only=True):
    level: Level = "warning"


class Rule(msgspec.Struct, kw_only=True):
    id: str
    defaultConfiguration: Configuration | None = None  # noqa: N815
    messageStrings: dict[str, Message] = {}  # noqa: N815
    properties: dict[str, Any] = {}


class ToolComponent(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(min_length=1)]
    version: str = ""
    semanticVersion: str = ""  # noqa: N815
    rules: list[Rule] = []


class Tool(msgspec.Struct, kw_only=True):
    driver: ToolComponent
    extensions: list[ToolComponent] = []


class Notification(msgspec.Struct, kw_only=True):
    message: Message
    level: Level = "warning"
    locations: list[Location] = []


class Invocation(msgspec.Struct, kw_only=True):
    executionSuccessful: bool  # noqa: N815
    toolExecutionNotifications: list[Notification] = []  # noqa: N815


class Artifact(msgspec.Struct, kw_only=True):
    location: ArtifactLocation | None = None
    roles: list[str] = []


class Run(msgspec.Struct, kw_only=True):
    """``results`` is None where the tool only describes its rules."""

    tool: Tool
    results: list[Result] | None = None
    invocations: list[Invocation] = []
    artifacts: list[Artifact] = []
    originalUriBaseIds: dict[str, ArtifactLocation] = {}  # noqa: N815


class Log(msgspec.Struct, kw_only=True):
    version: Literal["2.1.0"]
    runs: list[Run]
