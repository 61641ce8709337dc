"""Custom parameters of a build task: their encoding on the wire, their rules, and the predefined names.

The CodeArts API encodes a parameter as a list of name-value pairs, all text: ``name``, ``type``, ``defaultValue``,
``description``, ``deletion``, ``defaults``, ``staticVar`` (settable at run time) and ``sensitiveVar`` (private). The
list is kept as it was sent; :func:`parse` reads what a run needs from it. ``deletion``, ``defaults`` and ``staticVar``
only steer what a console offers: the API may override every declared parameter.
"""

import re
from typing import Literal

import msgspec

from bottega.build.wire import CreateBuildJobParameter, CreateBuildJobParameterParam
from bottega.errors import Invalid

MASK = "******"
BRANCH_PARAMETER = "codeBranch"
NETWORK_PARAMETER = "BOTTEGA_NETWORK"
"""A declared parameter of this name with the value ``off`` runs the steps of the task without network."""
CANCEL_PARAMETER = "BOTTEGA_CANCEL_OLDER"
"""One with the value ``branch`` stops the task's older unfinished builds of the branch when a new one is accepted."""

CACHE_SCOPE_PARAMETER = "BOTTEGA_CACHE_SCOPE"
"""One with the value ``project`` has the task share dependency caches with the others of its project that say so."""

LABELS_PARAMETER = "BOTTEGA_AGENT_LABELS"
"""A declared parameter of this name demands that the agent has these labels: ``ssd, gpu``."""

MAX_VALUE = 8192
MAX_PARAMETERS = 200

PIPELINE = frozenset({"PIPELINE_ID", "PIPELINE_NUMBER"})
"""What a pipeline hands over: accepted for a run without being declared."""

PREDEFINED = frozenset(
    {
        "BUILDNUMBER",
        "TIMESTAMP",
        "INCREASENUM",
        "PROJECT_ID",
        "JOB_ID",
        "JOB_NAME",
        "WORKSPACE",
        "GIT_TAG",
        "COMMIT_ID",
        "COMMIT_ID_SHORTER",
    }
)
"""Set by the server or the runner for every run; a parameter of the task cannot have such a name."""

FORBIDDEN = frozenset({"LD_PRELOAD", "LD_LIBRARY_PATH", "PATH", "path", "BASH_ENV", "GIT_SSH_COMMAND"})
_TEMPLATE_MARKS = ("{{", "{%", "{#")
NAME_PATTERN = "^[a-zA-Z0-9_]{1,128}$"
_NAME = re.compile(NAME_PATTERN)
_LAST_NUMBER = re.compile(r"(\d+)(\D*)$")

Kind = Literal["string", "enum", "increment"]


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A declared parameter. ``options`` are the allowed values of an enumeration, none meaning any."""

    name: str
    kind: Kind
    wire_type: str
    default: str
    options: tuple[str, ...]
    private: bool


def parse(items: list[CreateBuildJobParameter] | None) -> list[Parameter]:
    """Read and check all parameters of a task; raises :class:`Invalid` naming the one at fault."""
    items = items or []
    if len(items) > MAX_PARAMETERS:
        raise Invalid("parameters", f"a task has at most {MAX_PARAMETERS} parameters, not {len(items)}")
    seen: set[str] = set()
    parsed: list[Parameter] = []
    for index, item in enumerate(items):
        parameter = _parse_one(item, f"parameters[{index}]")
        if parameter.name in seen:
            raise Invalid(f"parameters[{index}].params", f"the name {parameter.name!r} is given twice")
        seen.add(parameter.name)
        parsed.append(parameter)
    return parsed


def check_value(value: str, field: str) -> None:
    """Raise :class:`Invalid` for a value no parameter may have; the value itself is not repeated."""
    if len(value) > MAX_VALUE:
        raise Invalid(field, f"the value has {len(value)} characters, {MAX_VALUE} are allowed")
    if "\0" in value:
        raise Invalid(field, "the value contains a NUL character")
    for mark in _TEMPLATE_MARKS:
        if mark in value:
            raise Invalid(field, f"the value must not contain {mark!r}")


def check_option(parameter: Parameter, value: str, field: str) -> None:
    """Raise :class:`Invalid` when an enumeration does not offer ``value``."""
    if parameter.kind == "enum" and parameter.options and value not in parameter.options:
        offered = ", ".join(parameter.options)
        raise Invalid(field, f"{parameter.name} must be one of {offered}")


def default_of(item: CreateBuildJobParameter) -> CreateBuildJobParameterParam | None:
    """The pair that holds the default value, to be masked, restored or counted up in place."""
    return next((pair for pair in item.params or [] if pair.name == "defaultValue"), None)


def increased(value: str) -> str:
    """``value`` with its last number one higher and as wide as it was: ``v1.09`` becomes ``v1.10``."""
    found = _LAST_NUMBER.search(value)
    if found is None:
        return value
    return value[: found.start()] + str(int(found[1]) + 1).zfill(len(found[1])) + found[2]


def _parse_one(item: CreateBuildJobParameter, field: str) -> Parameter:
    pairs = {pair.name: pair for pair in item.params or []}
    where = f"{field}.params"
    values = {name: str(pair.value or "") for name, pair in pairs.items()}
    name = values.get("name", "")
    if not _NAME.fullmatch(name):
        raise Invalid(where, f"the name {name[:140]!r} must be 1 to 128 letters, digits or underscores")
    if name in FORBIDDEN:
        raise Invalid(where, f"the name {name!r} is forbidden")
    if name in PREDEFINED:
        raise Invalid(where, f"the name {name!r} is a predefined parameter, which a task cannot declare")
    kind = _kind(values.get("type", ""), where)
    default = values.get("defaultValue", "")
    check_value(default, where)
    limits = pairs["defaultValue"].limits if "defaultValue" in pairs else None
    parameter = Parameter(
        name=name,
        kind=kind,
        wire_type=values.get("type") or "normalparam",
        default=default,
        options=tuple(str(limit.name) for limit in limits or [] if limit.name),
        private=_flag(values.get("sensitiveVar", ""), f"{where} sensitiveVar"),
    )
    if parameter.private and name == BRANCH_PARAMETER:
        raise Invalid(where, f"{BRANCH_PARAMETER} cannot be private: records and logs show the branch")
    _flag(values.get("staticVar", ""), f"{where} staticVar")
    if default and default != MASK:
        check_option(parameter, default, where)
    return parameter


def _kind(wire_type: str, field: str) -> Kind:
    if wire_type in {"", "normalparam"}:
        return "string"
    if wire_type == "customizeparam":
        return "enum"
    # The literal of the auto-increment type is documented nowhere; every spelling of the word is taken for it.
    if "increment" in wire_type.lower():
        return "increment"
    raise Invalid(field, f"the type {wire_type[:80]!r} is none of normalparam, customizeparam, increment")


def _flag(value: str, field: str) -> bool:
    if value.lower() not in {"", "true", "false"}:
        raise Invalid(field, f"{value[:80]!r} is neither true nor false")
    return value.lower() == "true"
