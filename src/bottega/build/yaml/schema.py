"""The JSON schema of build.yml (draft 2020-12), for editors: made of the declarations that the reader goes by.

It says less than the reader: duplicate names, cycles, conditions and what an action checks itself are beyond it.
"""

import json
from functools import cache
from typing import Any

from bottega.build.actions import ACTIONS, Action
from bottega.build.actions.fields import Field
from bottega.build.parameters import MAX_PARAMETERS, NAME_PATTERN
from bottega.build.steps import MAX_STEPS
from bottega.build.wire import STEP_NAME_PATTERN
from bottega.build.yaml.catalogue import PREPARING, inputs_of
from bottega.build.yaml.environment import ARCHITECTURES, CLASSES, TYPES
from bottega.build.yaml.flows import STRATEGIES
from bottega.build.yaml.inputs import NO, YES
from bottega.build.yaml.jobs import MAX_JOBS

Schema = dict[str, Any]

_SCALAR = ["string", "number", "boolean"]
_REFERENCE = r"\$\{[A-Za-z0-9_]+\}"


@cache
def text() -> str:
    """The document as it is published."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


def schema() -> Schema:
    """The whole schema."""
    flow = {"anyOf": [{"required": [key]} for key in ("buildflow", "buildflows", "jobs")]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "build.yml",
        "description": "A build, or a BuildFlow of several builds",
        **_object(
            {
                "version": {"description": "always 2.0", "enum": [2.0, "2.0"]},
                "params": _ref("params"),
                "env": _ref("env"),
                "envs": _list(_object({"condition": _ref("condition"), "resource": _ref("resource")}, required=True)),
                "steps": _steps(),
                "buildflow": _object({"strategy": _ref("strategy"), "jobs": _ref("jobs")}),
                "buildflows": _list(
                    {
                        **_object(
                            {"condition": _ref("condition"), "strategy": _ref("strategy"), "jobs": _ref("jobs")}
                        ),
                        "required": ["condition", "jobs"],
                    },
                    least=1,
                ),
                "jobs": _ref("jobs"),
            }
        ),
        "required": ["version"],
        "if": flow,
        "then": {"not": {"anyOf": [{"required": ["steps"]}, {"required": ["buildflows", "buildflow"]}]}},
        "else": {"required": ["steps"]},
        "$defs": {**_shared(), **{f"action.{name}": _action(action) for name, action in ACTIONS.items()}},
    }  # fmt: skip


def _shared() -> Schema:
    resource = {
        "type": {"description": "whose agents", **_word(TYPES)},
        "arch": {"description": "architecture", **_word(list(ARCHITECTURES))},
        "class": {"description": "size", **_word(CLASSES, "^[0-9]+[uU][0-9]+[gG]$")},
        "pool": {"description": "pool of agents, with type: custom", "type": "string"},
    }
    cache_keys = {
        "type": {"const": "code"},
        "local_path": {"description": "folder below the workspace", "type": "string"},
        "command": {"description": "script that fills it", "type": "string"},
        "branch": _ref("text"),
        "url": _ref("text"),
    }
    param = {"name": {"type": _SCALAR, "pattern": NAME_PATTERN}, "value": _ref("text")}
    job = {
        "job": {"description": "name", "type": _SCALAR, "pattern": STEP_NAME_PATTERN},
        "depends_on": {
            "description": "jobs that have to succeed before",
            "anyOf": [{"type": "string"}, _list({"type": _SCALAR}), {"type": "null"}],
        },
        "build_ref": {"description": "path of its build.yml in the repository", "type": "string"},
        "params": _ref("params"),
    }
    return {
        "text": {"type": [*_SCALAR, "null"]},
        "reference": {"type": "string", "pattern": _REFERENCE},
        "condition": {"description": "such as p == 1 and not (arch == 'ARM')", "type": ["string", "boolean"]},
        "flag": {
            "anyOf": [
                {"type": ["boolean", "null"]},
                {"enum": [0, 1]},
                _any_case(*sorted(YES | NO)),
                _ref("reference"),
            ]
        },
        "whole": {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": f"^[0-9]{{1,9}}$|{_REFERENCE}"},
                {"type": "null"},
            ]
        },
        "params": _optional(_list({**_object(param), "required": ["name"]}, most=MAX_PARAMETERS)),
        "resource": _optional(_object(resource)),
        "env": _optional(
            _object(
                {
                    "resource": _ref("resource"),
                    "cache": _optional(
                        _list({**_object(cache_keys), "required": ["type", "local_path", "command"]})
                    ),
                }
            )
        ),
        "strategy": {"description": "eager unless given", **_word(STRATEGIES)},
        "jobs": _list({**_object(job), "required": ["job", "build_ref"]}, least=1, most=MAX_JOBS),
    }  # fmt: skip


def _steps() -> Schema:
    blocks = {
        "PRE_BUILD": {"description": "what brings the source", **_optional(_list(_step(list(PREPARING))))},
        "BUILD": {"description": "what builds", **_list(_step(list(ACTIONS)), least=1, most=MAX_STEPS)},
    }
    return {**_object(blocks), "required": ["BUILD"]}


def _step(names: list[str]) -> Schema:
    return {
        **_object({name: _ref(f"action.{name}") for name in names}),
        "minProperties": 1,
        "maxProperties": 1,
    }


def _action(action: Action) -> Schema:
    needed = [field.name for field in action.fields if field.required]
    inputs: Schema = {
        "type": "object" if needed else ["object", "null"],
        "properties": {field.name: _field(field) for field in inputs_of(action)},
        # The reader passes unknown inputs on, with a warning.
        "additionalProperties": True,
    }
    body = _object(
        {
            "name": {"description": "name of the stage", "type": [*_SCALAR, "null"], "maxLength": 128},
            "image": {"description": "cloudbuild@<tool>, or an address", "type": ["string", "null"]},
            "inputs": {**inputs, "required": needed} if needed else inputs,
        }
    )
    described = {"description": action.title, **body}
    return {**described, "required": ["inputs"]} if needed else {**described, "type": ["object", "null"]}


def _field(field: Field) -> Schema:
    if field.kind == "mapping":
        below = {one.name: _field(one) for one in field.below}
        body: Schema = (
            {"type": ["object", "null"], "properties": below} if below else {"type": ["object", "null"]}
        )
    elif field.kind == "list":
        body = {"type": ["array", "null"]}
    elif field.kind == "text":
        body = {"type": _SCALAR} if field.required else _ref("text")
    else:
        body = _ref(field.kind)
    return {"description": field.title, **body}


def _object(properties: Schema, *, required: bool = False) -> Schema:
    found: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**found, "required": list(properties)} if required else found


def _list(items: Schema, *, least: int = 0, most: int = 0) -> Schema:
    limits = {name: value for name, value in (("minItems", least), ("maxItems", most)) if value}
    return {"type": "array", "items": items, **limits}


def _optional(of: Schema) -> Schema:
    return {**of, "type": [of["type"], "null"]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _word(words: list[str], pattern: str = "") -> Schema:
    others = {"type": "string", "pattern": pattern} if pattern else _any_case(*words)
    return {"anyOf": [{"enum": words}, others, _ref("reference")]}


def _any_case(*words: str) -> Schema:
    # The patterns of JSON schema have no switch for this.
    spelled = ("".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else c for c in word) for word in words)
    return {"type": "string", "pattern": f"^({'|'.join(spelled)})$"}


if __name__ == "__main__":
    print(text(), end="")
