"""Reading nodes as what is expected there; what does not fit becomes a problem at its place."""

from collections.abc import Mapping as Table

from bottega.build.yaml.nodes import Broken, Items, Mapping, Node, Scalar, is_null
from bottega.build.yaml.problems import Problems, nearest, one_of, shown


def mapping(node: Node | None, what: str, problems: Problems, example: str = "") -> Mapping | None:
    """The mapping, or None and a problem. ``what`` names the thing in a sentence, ``example`` shows one."""
    if node is None or isinstance(node, Mapping | Broken):
        return node if isinstance(node, Mapping) else None
    if isinstance(node, Scalar) and _lacks_a_space(node.text):
        problems.add(node, f"a space is missing behind the colon in {shown(node.text.split()[0])}")
        return None
    hint = f", such as {example}" if example else ""
    problems.add(node, f"{what} must be a mapping{hint}, {_not_this(node)}")
    return None


def items(node: Node | None, what: str, problems: Problems) -> list[Node] | None:
    """The items of a list, or None and a problem."""
    if node is None or isinstance(node, Items | Broken):
        return node.items if isinstance(node, Items) else None
    problems.add(node, f"{what} must be a list (each item begins with -), {_not_this(node)}")
    return None


def scalar(node: Node | None, what: str, problems: Problems) -> Scalar | None:
    """The scalar, or None and a problem. A missing node is none."""
    if node is None or isinstance(node, Scalar | Broken):
        return node if isinstance(node, Scalar) else None
    problems.add(node, f"{what} must be a text, {_not_this(node)}")
    return None


def required(above: Mapping, key: str, what: str, problems: Problems) -> Node | None:
    """What stands under ``key``, or None and a problem."""
    node = above.entries.get(key)
    if is_null(node):
        problems.add(above if node is None else above.keys[key], f"{what} needs {key}")
        return None
    return node


def known_keys(
    above: Mapping, known: list[str], what: str, problems: Problems, hints: Table[str, str] | None = None
) -> None:
    """Add a problem for every other key; ``hints`` are sentences for words that people bring from elsewhere."""
    for key, place in above.keys.items():
        if key in known:
            continue
        hint = (hints or {}).get(key)
        if hint is not None:
            problems.add(place, hint)
            continue
        name, colon, value = key.partition(":")
        if colon and value and name in known:
            problems.add(place, f"a space is missing behind {name}:", offset=len(name) + 1)
            continue
        near = nearest(key, [one for one in known if one not in above.entries] or known)
        problems.add(place, f"{what} has no {shown(key)}, only {one_of(known)}{near}")


def _not_this(node: Node) -> str:
    if isinstance(node, Mapping):
        return "not a mapping"
    if isinstance(node, Items):
        return "not a list"
    if isinstance(node, Scalar) and not node.is_null:
        return f"not the text {shown(node.text)}"
    return "and there is nothing"


def _lacks_a_space(text: str) -> bool:
    words = text.split()
    return bool(words) and all(
        name.isidentifier() and value and not value.startswith("/")
        for name, _, value in (word.partition(":") for word in words)
    )
