"""The saved form of a build task: what a client wrote, checked and otherwise unchanged."""

import re
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from bottega.build import parameters, schedule, source, steps
from bottega.build.demands import check_labels
from bottega.build.identifiers import HEX32_PATTERN
from bottega.build.parameters import LABELS_PARAMETER, MASK, Parameter
from bottega.build.wire import (
    ClusterSelected,
    CreateBuildJobParameter,
    CreateBuildJobScm,
    CreateBuildJobSteps,
    CreateBuildTimeout,
    Scalar,
    Trigger,
    as_text,
)
from bottega.errors import Invalid
from bottega.runs.flavors import normalised
from bottega.scm.urls import UrlPolicy

ARCHITECTURES = ("x86-64", "arm")
CONFIG_TYPES = (None, "", "ACTION", "YAML")
DEFAULT_HOST_TYPE = "devcloud"
DEFAULT_POOL = "default"
MAX_TIMEOUT_SECONDS = 7 * 24 * 3600
MAX_TRIGGERS = 20
MAX_DEPTH = 50

MAX_NAME = 115
TASK_NAME_PATTERN = f"^[\u4e00-\u9fa5A-Za-z0-9_-]{{1,{MAX_NAME}}}$"

_TASK_NAME = re.compile(TASK_NAME_PATTERN)
_POOL = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_HEX32 = re.compile(HEX32_PATTERN)
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class Definition(msgspec.Struct, kw_only=True, omit_defaults=True):
    """All of a task but its name and project. Private defaults are masked here and sealed elsewhere."""

    arch: str
    auto_update_sub_module: Scalar | None = None
    flavor: str | None = None
    host_type: str | None = None
    build_config_type: str | None = None
    build_if_code_updated: bool | None = None
    group_id: str | None = None
    timeout: CreateBuildTimeout | None = None
    parameters: list[CreateBuildJobParameter] | None = None
    scms: list[CreateBuildJobScm] | None = None
    steps: list[CreateBuildJobSteps] | None = None
    triggers: list[Trigger] | None = None
    cluster_selected: ClusterSelected | None = None

    def __post_init__(self) -> None:
        self.auto_update_sub_module = as_text(self.auto_update_sub_module)

    @property
    def pool(self) -> str:
        """The pool of agents that runs the task."""
        if self.cluster_selected is not None and self.cluster_selected.name:
            return self.cluster_selected.name
        if self.host_type and self.host_type != DEFAULT_HOST_TYPE:
            return self.host_type
        return DEFAULT_POOL

    @property
    def is_yaml(self) -> bool:
        """Whether the steps come from a file in the repository."""
        return self.build_config_type == "YAML"

    @property
    def submodules(self) -> bool:
        """Whether checkouts bring submodules along."""
        return self.auto_update_sub_module == "true"

    def timeout_seconds(self, default_minutes: int) -> float:
        """The limit of one run in seconds."""
        if self.timeout is None or not self.timeout.limit:
            return default_minutes * 60.0
        return float(_timeout_seconds(self.timeout))

    def declared(self) -> list[Parameter]:
        """The custom parameters, read."""
        return parameters.parse(self.parameters)


def check_name(name: str) -> None:
    """Raise :class:`Invalid` unless ``name`` may be a task's."""
    if not _TASK_NAME.fullmatch(name):
        raise Invalid("job_name", "must be 1 to 115 characters: Chinese, letters, digits, '_' and '-'")


def check(definition: Definition, policy: UrlPolicy) -> list[Parameter]:
    """Check everything that can be checked before a run; raises :class:`Invalid`. Returns the parameters, read."""
    _check_machine(definition)
    if definition.auto_update_sub_module not in {None, "", "true", "false"}:
        raise Invalid("auto_update_sub_module", "must be true or false")
    if definition.build_config_type not in CONFIG_TYPES:
        raise Invalid("build_config_type", "must be ACTION or YAML")
    if definition.group_id and not _HEX32.fullmatch(definition.group_id):
        raise Invalid("group_id", "must be 32 lower-case letters or digits")
    if definition.timeout is not None and definition.timeout.limit:
        _timeout_seconds(definition.timeout)
    declared = definition.declared()
    for parameter in declared:
        if parameter.name == LABELS_PARAMETER:
            check_labels(parameter.default, private=parameter.private, field="parameters")
    source.check(definition.scms or [], policy)
    steps.check(definition.steps or [])
    triggers = definition.triggers or []
    if len(triggers) > MAX_TRIGGERS:
        raise Invalid("triggers", f"a task has at most {MAX_TRIGGERS} triggers, not {len(triggers)}")
    for index, trigger in enumerate(triggers):
        schedule.parse_timer(trigger, f"triggers[{index}]")
    _check_values(msgspec.to_builtins(definition), "")
    return declared


def take_secrets(
    definition: Definition, declared: list[Parameter], previous: Mapping[str, str]
) -> dict[str, str]:
    """Mask the private defaults in place and return them by name.

    A client that writes back the mask it was given means the value it could not see: that one is kept from
    ``previous``.
    """
    private = {parameter.name: parameter for parameter in declared if parameter.private}
    secrets: dict[str, str] = {}
    for parameter, item in zip(declared, definition.parameters or [], strict=True):
        pair = parameters.default_of(item)
        if parameter.name not in private or pair is None or not parameter.default:
            continue
        secrets[parameter.name] = (
            previous.get(parameter.name, "") if parameter.default == MASK else parameter.default
        )
        pair.value = MASK
    return secrets


def _check_machine(definition: Definition) -> None:
    if definition.arch not in ARCHITECTURES:
        raise Invalid("arch", f"{definition.arch[:80]!r} is neither x86-64 nor arm")
    normalised(definition.flavor or "")
    if not _POOL.fullmatch(definition.pool):
        field = "host_type" if definition.cluster_selected is None else "cluster_selected.name"
        raise Invalid(field, "a pool's name is 1 to 64 letters, digits, '_', '.' or '-'")


def _timeout_seconds(timeout: CreateBuildTimeout) -> int:
    limit = str(timeout.limit)
    unit = (timeout.unit or "minute").lower()
    seconds = _UNITS.get(unit.removesuffix("s"))
    if seconds is None:
        raise Invalid("timeout.unit", f"{unit[:80]!r} is none of {', '.join(_UNITS)}")
    if not limit.isascii() or not limit.isdigit() or len(limit) > 9 or int(limit) < 1:  # noqa: PLR2004
        raise Invalid("timeout.limit", f"{limit[:80]!r} is not a whole number above 0")
    total = int(limit) * seconds
    if total > MAX_TIMEOUT_SECONDS:
        raise Invalid("timeout.limit", f"at most {MAX_TIMEOUT_SECONDS // 86400} days are possible")
    return total


def _check_values(value: Any, path: str, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise Invalid(
            path.lstrip(".").partition(".properties")[0], f"is nested more than {MAX_DEPTH} levels deep"
        )
    if isinstance(value, str):
        # PostgreSQL cannot store it, and no tool of a build can use it.
        if "\0" in value:
            raise Invalid(path.lstrip("."), "contains a NUL character")
    elif isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            _check_values(key, path, depth + 1)
            _check_values(item, f"{path}.{key}", depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value)):
            _check_values(item, f"{path}[{index}]", depth + 1)
