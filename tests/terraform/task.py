"""The provider's resource of a build task: what it sends for a configuration, and what it makes of the answer."""

from collections.abc import Mapping
from typing import Any

Config = dict[str, Any]

PLAIN = (
    "arch",
    "project_id",
    "auto_update_sub_module",
    "flavor",
    "host_type",
    "build_config_type",
    "build_if_code_updated",
    "group_id",
)
SCM = (
    "url",
    "repo_id",
    "web_url",
    "scm_type",
    "branch",
    "is_auto_build",
    "enable_git_lfs",
    "build_type",
    "depth",
)
SCM_MORE = ("source", "group_name", "repo_name")
STEP = ("module_id", "name", "version", "enable")
COMPUTED = {"host_type", "scms.build_type", "scms.depth", "scms.group_name", "scms.repo_name"}
"""What the server may choose where the configuration is silent."""


def body(config: Config, job_id: str = "") -> dict[str, Any]:
    """The body of create and update: what is not set is left out, but for the steps."""
    sent = {"job_id": job_id, "job_name": config["name"], **{name: config.get(name) for name in PLAIN}}
    sent |= {name: config.get(name) for name in ("parameters", "scms", "triggers")}
    return {**_set(sent), "steps": config.get("steps", [])}


def _set(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", False, [], {})}


def drift(config: Config, shown: Mapping[str, Any]) -> list[str]:
    """Attributes that Terraform would want to change again right after it has applied ``config``."""
    found = [*_differing("", PLAIN, config, shown)]
    if config["name"] != shown["job_name"]:
        found.append("name")
    scms = shown["scms"] or []
    for wanted, there in _pairs("scms", config, scms, found):
        found += _differing("scms.", (*SCM, *SCM_MORE), wanted, there)
    for wanted, there in _pairs("steps", config, shown["steps"] or [], found):
        found += _differing("steps.", STEP, wanted, there)
        given, kept = wanted.get("properties", {}), there["properties"] or {}
        found += [f"steps.properties.{name}" for name in given if given[name] != kept.get(name)]
    for name, parts in (("parameters", "params"), ("triggers", "parameters")):
        for wanted, there in _pairs(name, config, shown[name] or [], found):
            if wanted["name"] != there["name"] or _as_set(wanted[parts]) != _as_set(there[parts]):
                found.append(name)
    return found


def _pairs(name: str, config: Config, there: list[Any], found: list[str]) -> list[tuple[Any, Any]]:
    wanted = config.get(name, [])
    if len(wanted) != len(there):
        found.append(name)
    return list(zip(wanted, there, strict=False))


def _differing(
    prefix: str, names: tuple[str, ...], wanted: Mapping[str, Any], there: Mapping[str, Any]
) -> list[str]:
    """Not set, empty, zero and false are one and the same to the provider."""
    return [
        prefix + name
        for name in names
        if (wanted.get(name) or None) != (there.get(name) or None)
        and not (prefix + name in COMPUTED and name not in wanted)
    ]


def _as_set(pairs: list[Mapping[str, Any]]) -> set[tuple[str, str, frozenset[Any]]]:
    return {
        (
            pair["name"],
            pair.get("value") or "",
            frozenset(
                tuple(sorted((key, value) for key, value in limit.items() if value))
                for limit in pair.get("limits") or []
            ),
        )
        for pair in pairs
    }
