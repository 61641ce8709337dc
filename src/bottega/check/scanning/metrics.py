"""The sizes of one file, by the definitions of reference section 5.4."""

import re
from bisect import bisect_right
from collections.abc import Iterator

from tree_sitter import Language, Node, Query, QueryCursor

from bottega.check.scanning.content import lines_of
from bottega.check.scanning.grammars import Grammar
from bottega.check.scanning.parsing import Parsed, parse, parser
from bottega.check.scanning.plan import FileMetrics

VERSION = 1
"""Counts changes of what is measured: results of an earlier version are not taken from the cache."""
MAX_COMPLEXITY = 20
MAX_DEPTH = 5
MAX_FUNCTION_LINES = 80
MAX_FUNCTION_LINES_JAVA = 50

_COMMENTS = ("comment", "line_comment", "block_comment", "html_comment", "js_comment", "marginalia")
_SUPPRESSION = re.compile(
    rb"noqa\b|NOLINT|NOSONAR|nosec\b|type:\s*ignore|pyright:\s*ignore|pylint:\s*disable|eslint-disable|oxlint-disable"
    rb"|biome-ignore|@ts-(?:ignore|nocheck|expect-error)|cppcheck-suppress|shellcheck\s+disable|hadolint\s+ignore"
    rb"|yamllint\s+disable|stylelint-disable|noinspection|noqa:|nolint\b|@SuppressWarnings|@Suppress\b"
    rb"|#pragma\s+warning\s*\(?\s*disable|#\[allow\(|ast-grep-ignore|zizmor:\s*ignore|pragma:\s*allowlist"
)
_UNSAFE = re.compile(
    rb"\b(?:gets|strcpy|strcat|sprintf|vsprintf|scanf|sscanf|fscanf|vscanf|strtok|mktemp|tmpnam|tempnam|alloca"
    rb"|realpath|getwd|wcscpy|wcscat|swprintf|stpcpy|lstrcpy|lstrcat|system|popen)\s*\("
)
_WORD = re.compile(rb"\w")
_MARKERS = re.compile(rb"^\s*(?:///?!?|#+|--|\*/|/\*+!?|\*|<!--|;+)?\s?|\s*(?:\*/|-->)\s*$")
_CODE = re.compile(
    rb"[;{}]\s*$|^\s*(?:if|for|while|switch|elif|else|try|with|def|class|return|import|from|func|fn|let|const|var)\b"
    rb".*[:;({=]|^\s*[\w.\[\]]+\s*[-+*/|&]?=[^=]|^\s*[\w.]+\(.*\)[;,]?\s*$"
)
_MAX_DEAD_BYTES = 20_000

Span = tuple[int, int]


def measure(path: str, languages: tuple[str, ...], data: bytes) -> FileMetrics:
    """Sizes of a file, whose ``data`` is UTF-8. Without a grammar for its language lines are counted, no more."""
    lines = lines_of(data)
    filled = sum(1 for line in lines if line.strip())
    parsed = parse(path, languages, data)
    if parsed is None:
        return FileMetrics(lines=len(lines), code=filled)
    found = _captures(parsed)
    comments = found.get("comment", [])
    alone, counted = _comment_lines(lines, comments)
    measured = FileMetrics(
        lines=len(lines),
        code=max(0, filled - alone),
        comments=counted,
        suppressions=len(_SUPPRESSION.findall(data)),
        dead_blocks=_dead_blocks(parsed, comments),
    )
    if "C++" in languages:
        measured.unsafe_calls = _unsafe_calls(data, comments)
    _measure_functions(
        measured, found, MAX_FUNCTION_LINES_JAVA if "JAVA" in languages else MAX_FUNCTION_LINES
    )
    return measured


def _captures(parsed: Parsed) -> dict[str, list[Node]]:
    query = _query(parsed.grammar.module, parsed.grammar.function, parsed.grammar)
    found = QueryCursor(query).captures(parsed.tree.root_node)
    return {name: sorted(nodes, key=lambda node: node.start_byte) for name, nodes in found.items()}


_QUERIES: dict[tuple[str, str], Query] = {}


def _query(module: str, function: str, grammar: Grammar) -> Query:
    if (module, function) not in _QUERIES:
        language = grammar.load()
        patterns = [f"({kind}) @comment" for kind in _COMMENTS if _has(language, kind)]
        for capture, kinds in (
            ("function", grammar.functions),
            ("branch", grammar.branches),
            ("case", grammar.cases),
            ("switch", grammar.switches),
            ("nest", grammar.nests),
        ):
            patterns += [f"{_pattern(kind)} @{capture}" for kind in kinds if _has(language, kind)]
        _QUERIES[module, function] = Query(language, "\n".join(patterns))
    return _QUERIES[module, function]


def _pattern(kind: str) -> str:
    return kind if kind.startswith('"') else f"({kind})"


def _has(language: Language, kind: str) -> bool:
    return language.id_for_node_kind(kind.strip('"'), not kind.startswith('"')) is not None


def _comment_lines(lines: list[bytes], comments: list[Node]) -> tuple[int, int]:
    """How many lines hold nothing but a comment, and how many of them say something."""
    alone = counted = 0
    last = -1
    for comment in comments:
        (first, column), (end, end_column) = comment.start_point, comment.end_point
        if end_column == 0 and end > first:
            end -= 1
            end_column = len(lines[end]) if end < len(lines) else 0
        for row in range(max(first, last + 1), min(end, len(lines) - 1) + 1):
            line = lines[row]
            before = line[:column] if row == first else b""
            after = line[end_column:] if row == end else b""
            if before.strip() or after.strip() or not line.strip():
                continue
            alone += 1
            counted += _WORD.search(line) is not None
            last = row
    return alone, counted


def _measure_functions(measured: FileMetrics, found: dict[str, list[Node]], max_lines: int) -> None:
    functions = [
        node for node in found.get("function", []) if node.child_by_field_name("body") or _braced(node)
    ]
    spans = [(node.start_byte, node.end_byte) for node in functions]
    complexity, cca = [1] * len(spans), [1] * len(spans)
    for kind, counters in (("branch", (complexity, cca)), ("case", (complexity,)), ("switch", (cca,))):
        for owner in _owners(spans, found.get(kind, [])):
            if owner is not None:
                for counter in counters:
                    counter[owner] += 1
    depths = _depths(spans, found.get("nest", []))
    measured.functions = len(spans)
    measured.complexity, measured.cca = sum(complexity), sum(cca)
    measured.highest_complexity, measured.highest_cca = max(complexity, default=0), max(cca, default=0)
    measured.complex_functions = sum(1 for each in complexity if each > MAX_COMPLEXITY)
    measured.complex_cca_functions = sum(1 for each in cca if each > MAX_COMPLEXITY)
    measured.highest_depth = max(depths, default=0)
    measured.deep_functions = sum(1 for each in depths if each > MAX_DEPTH)
    lengths = [node.end_point[0] - node.start_point[0] + 1 for node in functions]
    measured.function_lines = sum(lengths)
    measured.long_functions = sum(1 for length in lengths if length > max_lines)


def _braced(node: Node) -> bool:
    """Whether a function has a body that its grammar has no field for."""
    return node.named_child_count > 0 and node.named_children[-1].type.endswith(
        ("body", "block", "lambda_literal")
    )


def _owners(spans: list[Span], nodes: list[Node]) -> Iterator[int | None]:
    """For each node the innermost span around it, by its place in the list; None outside of all."""
    around: list[int] = []
    following = 0
    for node in nodes:
        at = node.start_byte
        while following < len(spans) and spans[following][0] <= at:
            around.append(following)
            following += 1
        while around and spans[around[-1]][1] <= at:
            around.pop()
        yield around[-1] if around else None


def _depths(spans: list[Span], blocks: list[Node]) -> list[int]:
    """How deep blocks are nested in each function; its own body does not count, nor do functions inside of it."""
    depths = [0] * len(spans)
    opened: dict[int, list[int]] = {}
    for node, owner in zip(blocks, _owners(spans, blocks), strict=True):
        if owner is None:
            continue
        ends = opened.setdefault(owner, [])
        while ends and ends[-1] <= node.start_byte:
            ends.pop()
        ends.append(node.end_byte)
        depths[owner] = max(depths[owner], len(ends) - 1)
    return depths


def _unsafe_calls(data: bytes, comments: list[Node]) -> int:
    starts = [comment.start_byte for comment in comments]
    outside = 0
    for call in _UNSAFE.finditer(data):
        before = bisect_right(starts, call.start()) - 1
        outside += before < 0 or comments[before].end_byte <= call.start()
    return outside


def _dead_blocks(parsed: Parsed, comments: list[Node]) -> int:
    """Blocks of comments that are code: they look like it, and the language's own grammar takes them for it."""
    dead = 0
    reader = None
    for block in _comment_blocks(comments):
        text = b"\n".join(
            _MARKERS.sub(b"", line) for node in block for line in (node.text or b"").split(b"\n")
        )
        text = text.strip()
        likely = sum(1 for line in text.split(b"\n") if _CODE.search(line))
        if not likely or len(text) > _MAX_DEAD_BYTES:
            continue
        reader = reader or parser(parsed.grammar)
        root = reader.parse(text + b"\n").root_node
        dead += not root.has_error and root.named_child_count > 0
    return dead


def _comment_blocks(comments: list[Node]) -> Iterator[list[Node]]:
    """Comments of adjacent lines together."""
    block: list[Node] = []
    for comment in comments:
        if block and comment.start_point[0] > block[-1].end_point[0] + 1:
            yield block
            block = []
        block.append(comment)
    if block:
        yield block
