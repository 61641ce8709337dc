"""``params``: parameters that a file brings along, a list of ``{name, value}``."""

import re

from bottega.build.parameters import FORBIDDEN, MAX_PARAMETERS, NAME_PATTERN, PREDEFINED, check_value
from bottega.build.yaml import shapes
from bottega.build.yaml.nodes import Mapping, Node, is_null
from bottega.build.yaml.plan import Param
from bottega.build.yaml.problems import Problems, shown
from bottega.errors import Invalid

_NAME = re.compile(NAME_PATTERN)


def read(node: Node | None, problems: Problems) -> list[Param]:
    """The parameters as they are written; those with a problem are left out. No value is an empty text."""
    if is_null(node):
        return []
    found: dict[str, Param] = {}
    nodes = shapes.items(node, "params", problems) or []
    for index, item in enumerate(nodes):
        if index == MAX_PARAMETERS:
            problems.add(item, f"there are {len(nodes)} parameters, {MAX_PARAMETERS} are allowed")
            break
        entry = shapes.mapping(item, "a parameter", problems, "{name: release, value: 1}")
        if entry is None:
            continue
        shapes.known_keys(entry, ["name", "value"], "a parameter", problems)
        _read_one(entry, found, problems)
    return list(found.values())


def _read_one(entry: Mapping, found: dict[str, Param], problems: Problems) -> None:
    name = shapes.scalar(shapes.required(entry, "name", "a parameter", problems), "the name", problems)
    value = shapes.scalar(entry.entries.get("value"), "the value", problems)
    if name is None:
        return
    reason = _refused(name.text, found)
    if reason:
        problems.add(name, reason)
        return
    text = "" if value is None or value.is_null else value.text
    try:
        check_value(text, "")
    except Invalid as error:
        problems.add(value or name, error.reason)
        return
    found[name.text] = Param(name=name.text, value=text)


def _refused(name: str, found: dict[str, Param]) -> str:
    if not _NAME.fullmatch(name):
        return f"the name {shown(name)} must be 1 to 128 letters, digits or underscores"
    if name in FORBIDDEN:
        return f"the name {shown(name)} is forbidden"
    if name in PREDEFINED:
        return f"the name {shown(name)} is that of a predefined parameter"
    if name in found:
        return f"the parameter {name} is given twice"
    return ""
