"""The inputs of a step: nodes become the values that actions take, as far as an action's fields say what they are."""

from typing import Any

from bottega.build.actions.fields import Field
from bottega.build.actions.inputs import LEFT_ALONE
from bottega.build.yaml.filling import Filling
from bottega.build.yaml.nodes import Broken, Items, Mapping, Node, Scalar, is_null
from bottega.build.yaml.problems import Problem, nearest, shown

YES, NO = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})
_MOST_WARNINGS = 20


def values(given: Mapping, fields: tuple[Field, ...], what: str, filling: Filling) -> dict[str, Any]:
    """The inputs by name. Unknown ones are passed on, with a warning once parameters are known."""
    known = {field.name: field for field in fields}
    found: dict[str, Any] = {}
    for name, node in given.entries.items():
        if name not in known:
            _warn(given.keys[name], name, list(known), what, filling)
        if isinstance(node, Scalar) and name in LEFT_ALONE and not node.is_null:
            found[name] = filling.as_written(node)
        else:
            found[name] = _value(node, known.get(name), filling)
    return found


def require(
    given: Mapping | None, place: Node, fields: tuple[Field, ...], what: str, filling: Filling
) -> set[str]:
    """Add a problem for every required input that is not there; returns their names."""
    missing: set[str] = set()
    entries = {} if given is None else given.entries
    known = {field.name for field in fields}
    for field in fields:
        node = entries.get(field.name)
        if not field.required or not (is_null(node) or (isinstance(node, Scalar) and not node.text.strip())):
            continue
        strangers = [name for name in entries if name not in known]
        near = nearest(field.name, strangers).replace("did you mean", "is it meant by")
        where = given.keys[field.name] if given is not None and node is not None else place
        filling.problems.add(where, f"{what} needs the input {field.name} ({field.title}){near}")
        missing.add(field.name)
    return missing


def place_of(given: Mapping | None, path: str, otherwise: Node) -> Node:
    """Where the input stands that an action complains of; ``path`` is a name, or names with dots between them."""
    place: Node = otherwise
    inside: Node | None = given
    for name in path.split("."):
        if not isinstance(inside, Mapping) or name not in inside.entries:
            break
        inside = inside.entries[name]
        place = inside
    return place


def _value(node: Node, field: Field | None, filling: Filling) -> Any:
    if isinstance(node, Broken) or is_null(node):
        return None
    if field is not None and not _fits(node, field):
        _refuse(node, field, filling)
    elif isinstance(node, Scalar):
        return _scalar(node, field, filling)
    elif isinstance(node, Items):
        return [_value(one, None, filling) for one in node.items]
    elif isinstance(node, Mapping):
        if field is not None and field.below:
            return values(node, field.below, field.name, filling)
        return {key: _value(one, None, filling) for key, one in node.entries.items()}
    return None


def _fits(node: Node, field: Field) -> bool:
    if field.kind == "mapping":
        return isinstance(node, Mapping)
    if field.kind == "list":
        return isinstance(node, Items)
    return isinstance(node, Scalar)


def _scalar(node: Scalar, field: Field | None, filling: Filling) -> Any:
    text = filling.text(node)
    if field is None or field.kind not in {"flag", "whole"} or not filling.final(node.text) or not text:
        return text
    word = text.strip().lower()
    if field.kind == "whole":
        if word.isascii() and word.isdigit() and len(word) <= 9:  # noqa: PLR2004 - far beyond any number that is meant
            return int(word)
    elif word in YES | NO:
        return word in YES
    _refuse(node, field, filling, text)
    return None


_KINDS = {
    "text": "a text",
    "flag": "true or false",
    "whole": "a whole number and not negative",
    "list": "a list (each item begins with -)",
    "mapping": "a mapping",
}


def _refuse(node: Node, field: Field, filling: Filling, text: str = "") -> None:
    given = f", not {shown(text)}" if text else ""
    below = f" of {', '.join(one.name for one in field.below)}" if field.below else ""
    filling.problems.add(node, f"{field.name} must be {_KINDS[field.kind]}{below}{given}")


def _warn(place: Node, name: str, known: list[str], what: str, filling: Filling) -> None:
    if filling.known and len(filling.warnings) < _MOST_WARNINGS:
        message = f"{what} has no input {shown(name)}; it is passed on{nearest(name, known)}"
        filling.warnings.append(
            Problem(file=filling.problems.file, line=place.line, column=place.column, message=message)
        )
