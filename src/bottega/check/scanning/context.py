"""Where in the code a finding is, in words that survive when lines move: its scope and its statement."""

from collections.abc import Sequence

from tree_sitter import Node

from bottega.check.scanning.grammars import Grammar
from bottega.check.scanning.parsing import Parsed

MAX_STATEMENT = 600
MAX_SCOPE = 400
_MAX_NAME = 120
_MAX_DEPTH = 2_000
"""How far up a tree is looked: nobody nests so deep by hand, and a hostile file shall not cost quadratic time."""
_LEFT_OUT = str.maketrans("", "", " \t\r\n\f\v\u00a0,();\\")
_FUNCTIONS = ("function", "lambda", "class", "closure")

Place = tuple[int, int]
"""Line and column of a finding, from 1; 0 is unknown."""


def squeeze(text: str) -> str:
    """``text`` without what formatters change: blanks, commas, parentheses, semicolons, backslashes."""
    return text[: 4 * MAX_STATEMENT].translate(_LEFT_OUT)[:MAX_STATEMENT]


def line_contexts(data: bytes, places: Sequence[Place]) -> list[tuple[str, str]]:
    """Scope and statement of places in a file without a grammar: no scope, and the line as statement."""
    lines = data.split(b"\n")
    return [("", _line(lines, line)) for line, _ in places]


def contexts(parsed: Parsed, places: Sequence[Place]) -> list[tuple[str, str]]:
    """Scope and statement of each place. A place in whole files (line 0) has neither."""
    lines = parsed.data.split(b"\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)
    seen: dict[Place, tuple[str, str]] = {}
    scopes: dict[int, str] = {}
    found: list[tuple[str, str]] = []
    for place in places:
        if place not in seen:
            seen[place] = _context(parsed, lines, offsets, place, scopes)
        found.append(seen[place])
    return found


def _context(
    parsed: Parsed, lines: list[bytes], offsets: list[int], place: Place, scopes: dict[int, str]
) -> tuple[str, str]:
    row, column = place
    if not 0 < row <= len(lines):
        return "", ""
    path = _path(parsed, offsets[row - 1] + _byte_column(lines[row - 1], column))
    at = _unit(parsed.grammar, path)
    if at is None:
        return _scope(parsed, path, scopes), _line(lines, row)
    return _scope(parsed, path[:at], scopes), _statement(parsed, path[at]) or _line(lines, row)


def _path(parsed: Parsed, at: int) -> list[Node]:
    """The nodes around a byte, from the whole file to the smallest. Asking nodes for their parents is far dearer."""
    cursor = parsed.tree.walk()
    path = [parsed.tree.root_node]
    while len(path) < _MAX_DEPTH and cursor.goto_first_child_for_byte(at) is not None:
        node = cursor.node
        if node is None or node.start_byte > at:
            break
        path.append(node)
    return path


def _byte_column(line: bytes, column: int) -> int:
    """Where in the line's bytes the place is; never on the blanks before the code, which belong to no statement."""
    first = len(line) - len(line.lstrip())
    if column <= 1:
        return first
    text = line.decode("utf-8", "replace")
    return max(first, min(len(text[: column - 1].encode()), max(0, len(line.rstrip()) - 1)))


def _unit(grammar: Grammar, path: list[Node]) -> int | None:
    """Where on the path the innermost statement or clause is; None for what lies between statements."""
    blocks, clauses = grammar.blocks, grammar.clauses
    if path[-1].type in blocks and path[-1].type not in clauses:
        return None
    for at in range(len(path) - 1, 0, -1):
        node, above = path[at], path[at - 1]
        if node.type in clauses:
            return at
        # A brace or a keyword of the block itself stands for the statement that the block belongs to.
        if above.type in blocks and node.is_named and above.child_by_field_name("value") != node:
            return at
    return None


def _statement(parsed: Parsed, unit: Node) -> str:
    """The text of a statement; of one that holds others, what stands before the first of them."""
    end = unit.end_byte
    if (body := _first_block(parsed.grammar, unit)) is not None:
        end = body.start_byte
    text = parsed.data[unit.start_byte : min(end, unit.start_byte + 16 * MAX_STATEMENT)]
    return squeeze(text.decode("utf-8", "replace"))


def _first_block(grammar: Grammar, unit: Node) -> Node | None:
    """The first block inside of a node, in the order of the text."""
    if unit.type in grammar.blocks:
        # A case holds its statements itself: its header ends where the first of them begins.
        named = unit.named_children
        return named[1] if len(named) > 1 else None
    pending = list(reversed(unit.named_children[:200]))
    for _ in range(_MAX_DEPTH):
        if not pending:
            return None
        node = pending.pop()
        if node.type in grammar.blocks and node.type != "ERROR":
            return node
        pending += reversed(node.named_children[:200])
    return None


def _scope(parsed: Parsed, path: list[Node], scopes: dict[int, str]) -> str:
    """The dotted names of what is on the path. ``scopes`` keeps them by the path's last node."""
    if not path:
        return ""
    last = path[-1].id
    if last not in scopes:
        kinds = parsed.grammar.scopes
        names = [_name(parsed, node, kinds[node.type]) for node in path if node.type in kinds]
        scopes[last] = ".".join(filter(None, names))[-MAX_SCOPE:]
    return scopes[last]


def _name(parsed: Parsed, node: Node, kind: str) -> str:
    if kind == "value":
        value = node.child_by_field_name("value")
        if value is None or not any(word in value.type for word in _FUNCTIONS):
            return ""
        kind = "name"
    if kind == "header":
        return _statement(parsed, node)[:_MAX_NAME]
    if kind == "declarator":
        return _declared(node)
    named = node.child_by_field_name("name" if kind == "receiver" else kind)
    if named is None:
        named = next((child for child in node.named_children if "identifier" in child.type), None)
    name = squeeze(_text(named))[:_MAX_NAME] if named is not None else ""
    if kind == "receiver" and (receiver := node.child_by_field_name("receiver")) is not None:
        words = _text(receiver).strip("() ").split()
        return f"{words[-1].lstrip('*')}.{name}" if words else name
    return name


def _declared(node: Node) -> str:
    """The name of a function of C, which lies below its pointers and parameters."""
    current = node
    for _ in range(_MAX_DEPTH):
        below = current.child_by_field_name("declarator")
        if below is None:
            return squeeze(_text(current))[:_MAX_NAME] if current != node else ""
        current = below
    return ""


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _line(lines: list[bytes], row: int) -> str:
    """The line without blanks, or the next one that is not empty."""
    for line in lines[max(row - 1, 0) : row + 20]:
        if text := squeeze(line.decode("utf-8", "replace")):
            return text
    return ""
