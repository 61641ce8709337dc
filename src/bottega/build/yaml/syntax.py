"""From bytes to nodes, within limits: PyYAML finds the events, and what could hurt is refused as it comes.

Neither tags nor anchors get anywhere: nothing is constructed, and no alias can blow a small file up.
"""

import re
from collections.abc import Iterator
from typing import Any, cast

import yaml

from bottega.build.yaml.nodes import Broken, Items, Mapping, Node, Scalar
from bottega.build.yaml.problems import BuildFileError, Problems, shown

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
MAX_NODES = 20_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_SPACE = re.compile(r"\s*(?:- )?([A-Za-z_]+):(?=[^\s/])")


class _Place(Node):
    pass


def parse(content: bytes, problems: Problems) -> Node:
    """The document in ``content``. Raises :class:`BuildFileError` when it is none, with what is wrong up to there."""
    text = _decoded(content, problems)
    builder = _Builder(problems)
    try:
        builder.take(cast("Iterator[Any]", yaml.parse(text, Loader=_LOADER)))
    except yaml.YAMLError as error:
        _say_syntax(error, text, problems)
    problems.raise_any()
    if builder.document is None:
        problems.add(_Place(1, 1), "the file is empty: it must begin with version: 2.0")
        problems.raise_any()
    return cast("Node", builder.document)


def _decoded(content: bytes, problems: Problems) -> str:
    if len(content) > MAX_BYTES:
        problems.add(_Place(1, 1), f"the file has {len(content)} bytes, {MAX_BYTES} are allowed")
        raise BuildFileError(problems.found())
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", "replace")
        problems.add(_place_after(before), "the file must be UTF-8, and this byte is not")
        raise BuildFileError(problems.found()) from None
    found = _FORBIDDEN.search(text)
    if found is not None:
        code = f"U+{ord(found[0]):04X}"
        problems.add(_place_after(text[: found.start()]), f"the character {code} cannot stand in YAML")
        raise BuildFileError(problems.found())
    return text


def _place_after(before: str) -> _Place:
    lines = before.replace("\r\n", "\n").split("\n")
    return _Place(len(lines), len(lines[-1]) + 1)


class _Builder:
    """Makes one tree of the events, without recursion."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._open: list[Items | Mapping] = []
        self._keys: list[Node | None] = []
        self._count = 0
        self._documents = 0
        self.document: Node | None = None

    def take(self, events: Iterator[Any]) -> None:
        for event in events:
            place = _Place(event.start_mark.line + 1, event.start_mark.column + 1)
            if isinstance(event, yaml.DocumentStartEvent):
                self._documents += 1
                if self._documents > 1:
                    self._end(place, "a file has one document: remove the line --- and what follows")
            elif isinstance(event, yaml.AliasEvent):
                self._problems.add(place, f"aliases (*{event.anchor}) are not supported: write the value out")
                self._add(Broken(place.line, place.column))
            elif isinstance(event, yaml.ScalarEvent):
                self._refuse_extras(event, place)
                self._add(_scalar(event, place))
            elif isinstance(event, yaml.SequenceStartEvent):
                self._refuse_extras(event, place)
                self._begin(Items(place.line, place.column, []))
            elif isinstance(event, yaml.MappingStartEvent):
                self._refuse_extras(event, place)
                self._begin(Mapping(place.line, place.column, {}, {}))
            elif isinstance(event, yaml.CollectionEndEvent):
                self._open.pop()
                self._keys.pop()

    def _refuse_extras(self, event: Any, place: _Place) -> None:
        if event.anchor is not None:
            self._problems.add(place, f"anchors (&{event.anchor}) are not supported: remove it")
        elif event.tag is not None:
            self._problems.add(place, f"tags ({shown(event.tag)[1:-1]}) are not supported: remove it")

    def _end(self, place: Node, message: str) -> None:
        self._problems.add(place, message)
        self._problems.raise_any()

    def _begin(self, node: Items | Mapping) -> None:
        self._add(node)
        if len(self._open) >= MAX_DEPTH:
            self._end(node, f"the file is nested more than {MAX_DEPTH} levels deep")
        self._open.append(node)
        self._keys.append(None)

    def _add(self, node: Node) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            self._end(node, f"the file has more than {MAX_NODES} keys and values")
        if not self._open:
            self.document = node
            return
        above = self._open[-1]
        if isinstance(above, Items):
            above.items.append(node)
            return
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = node
            self._check_key(node, above)
            return
        self._keys[-1] = None
        if isinstance(key, Scalar) and key.text not in above.entries:
            above.entries[key.text] = node
            above.keys[key.text] = key

    def _check_key(self, key: Node, above: Mapping) -> None:
        if isinstance(key, Broken):
            return
        if not isinstance(key, Scalar) or key.is_null:
            self._problems.add(key, "a key must be a text")
        elif key.text == "<<" and key.plain:
            self._problems.add(key, "merge keys (<<) are not supported: write the entries out")
        elif key.text in above.entries:
            first = above.keys[key.text].line
            self._problems.add(key, f"{shown(key.text)} is given twice, first in line {first}")


def _scalar(event: Any, place: Node) -> Scalar:
    start, end = event.start_mark, event.end_mark
    plain = event.style in {None, ""}
    # A line break or an escape makes what stands in the file longer than what it means.
    width = len(event.value) + (0 if plain else 2)
    exact = start.line == end.line and end.column - start.column == width
    return Scalar(place.line, place.column, event.value, plain, exact)


def _say_syntax(error: yaml.YAMLError, text: str, problems: Problems) -> None:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = _Place(1, 1) if mark is None else _Place(mark.line + 1, mark.column + 1)
    problem = str(getattr(error, "problem", None) or "this is not YAML")
    lines = text.splitlines() or [""]
    for number in (place.line, place.line - 1):
        found = _NO_SPACE.match(lines[number - 1]) if 0 < number <= len(lines) else None
        if found:
            message = f"a space is missing behind {shown(found[1] + ':')[1:-1]}"
            problems.add(_Place(number, found.end() + 1), message)
            return
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    character = line[place.column - 1 : place.column]
    problems.add(place, _sentence(problem, character))


# The two parsers of PyYAML word the same mistake differently; each row has what both say.
_SENTENCES = (
    (
        "mapping values are not allowed",
        "a colon with a space behind it cannot stand here: check the indentation, or put the text in quotes",
    ),
    ("expected ',' or", "expected a comma, or the bracket that closes the list or mapping"),
    ("expected <block end>", "this does not go on with what stands above it: check the indentation"),
    ("did not find expected", "this does not go on with what stands above it: check the indentation"),
    ("end of stream", "the file ends within a text: a quotation mark is missing"),
    ("could not find expected ':'", "expected a colon behind the key"),
    ("unknown escape", "this escape is unknown: write \\\\ for a backslash, or use single quotes"),
)


def _sentence(problem: str, character: str) -> str:
    if "tab character" in problem or character == "\t":
        return "a tab cannot stand here: indent with spaces"
    if "cannot start any token" in problem:
        return f"{character!r} cannot begin a text: put the text in quotes"
    return next((says for part, says in _SENTENCES if part in problem), f"this is not YAML: {problem}")
