"""The parts of the SARIF 2.1.0 standard that our files use, as a JSON schema: nothing else may be in them."""

from typing import Any

Schema = dict[str, Any]


def _object(required: str = "", **properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def _array(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


_TEXT = {"type": "string", "minLength": 1}
_POSITIVE = {"type": "integer", "minimum": 1}
_BAG = {"type": "object", "properties": {"tags": _array(_TEXT, uniqueItems=True)}}
_MESSAGE = _object("text", text={"type": "string"}, markdown={"type": "string"})
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_ARTIFACT = _object("uri", uri={"type": "string", "pattern": "^[A-Za-z0-9%/._~-]+$"}, uriBaseId=_TEXT)
_REGION = _object(
    "startLine",
    startLine=_POSITIVE,
    startColumn=_POSITIVE,
    endLine=_POSITIVE,
    endColumn=_POSITIVE,
    snippet=_object("text", text={"type": "string"}),
)
_PLACE = _object("artifactLocation", artifactLocation=_ARTIFACT, region=_REGION, contextRegion=_REGION)
_LOCATION = _object(
    "physicalLocation",
    physicalLocation=_PLACE,
    logicalLocations=_array(_object("fullyQualifiedName", fullyQualifiedName=_TEXT)),
    message=_MESSAGE,
)
_STEP = _object(
    "location", location=_LOCATION, importance={"enum": ["important", "essential", "unimportant"]}
)
_RULE = _object(
    "id",
    id=_TEXT,
    name={"type": "string"},
    shortDescription=_MESSAGE,
    fullDescription=_MESSAGE,
    help=_MESSAGE,
    helpUri={"type": "string", "format": "uri"},
    defaultConfiguration=_object("level", level=_LEVEL),
    properties=_BAG,
)
_RESULT = _object(
    "message ruleId ruleIndex",
    ruleId=_TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=_LEVEL,
    message=_MESSAGE,
    locations=_array(_LOCATION, minItems=1),
    partialFingerprints={"type": "object", "additionalProperties": _TEXT},
    codeFlows=_array(
        _object("threadFlows", threadFlows=_array(_object("locations", locations=_array(_STEP)), minItems=1))
    ),
    fixes=_array(
        _object(
            "artifactChanges",
            description=_MESSAGE,
            artifactChanges=_array(
                _object(
                    "artifactLocation replacements",
                    artifactLocation=_ARTIFACT,
                    replacements=_array(
                        _object("deletedRegion", deletedRegion=_REGION, insertedContent=_MESSAGE), minItems=1
                    ),
                ),
                minItems=1,
            ),
        )
    ),
    baselineState={"enum": ["new", "unchanged", "updated", "absent"]},
    suppressions=_array(
        _object(
            "kind",
            kind={"enum": ["inSource", "external"]},
            status={"enum": ["accepted", "underReview", "rejected"]},
            justification={"type": "string"},
        )
    ),
    properties=_BAG,
)
_INVOCATION = _object(
    "executionSuccessful",
    executionSuccessful={"type": "boolean"},
    endTimeUtc={"type": "string", "format": "date-time"},
    toolExecutionNotifications=_array(
        _object("message", level=_LEVEL, message=_MESSAGE, locations=_array(_LOCATION))
    ),
)
_RUN = _object(
    "tool",
    tool=_object(
        "driver",
        driver=_object("name", name=_TEXT, semanticVersion=_TEXT, rules=_array(_RULE)),
        extensions=_array(_object("name", name=_TEXT, version=_TEXT)),
    ),
    invocations=_array(_INVOCATION),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    originalUriBaseIds={"type": "object"},
    automationDetails=_object(id=_TEXT),
    versionControlProvenance=_array(
        _object(
            "repositoryUri", repositoryUri={"type": "string", "format": "uri"}, revisionId=_TEXT, branch=_TEXT
        )
    ),
    results=_array(_RESULT),
    properties=_BAG,
)
LOG = _object(
    "version runs",
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs=_array(_RUN),
)
