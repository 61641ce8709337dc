"""From a file's bytes to its syntax tree."""

import re
import warnings

import msgspec
from tree_sitter import Parser, Tree

from bottega.check.scanning.grammars import Grammar, grammar_of, script_grammar

_SCRIPT = re.compile(rb"<script\b([^>]*)>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_TYPESCRIPT = re.compile(rb"""lang\s*=\s*["']?tsx?\b""", re.IGNORECASE)
_NO_LINE_END = re.compile(rb"[^\r\n]")


class Parsed(msgspec.Struct, frozen=True):
    """A syntax tree with what it was made of. Its bytes are UTF-8 and have the file's own lines."""

    grammar: Grammar
    tree: Tree
    data: bytes


def parse(path: str, languages: tuple[str, ...], data: bytes) -> Parsed | None:
    """The tree of ``data``, which is UTF-8; None for a language without a grammar. Of a component, its scripts."""
    grammar = grammar_of(path, languages)
    if grammar is None:
        return None
    if path.casefold().endswith(".vue"):
        data, typescript = _scripts(data)
        grammar = script_grammar(typescript)
    return Parsed(grammar, parser(grammar).parse(data), data)


def parser(grammar: Grammar) -> Parser:
    """A parser of this grammar."""
    with warnings.catch_warnings():
        # Most grammars still hand their language over as a number, which tree-sitter will stop to take one day.
        warnings.simplefilter("ignore", DeprecationWarning)
        return Parser(grammar.load())


def _scripts(data: bytes) -> tuple[bytes, bool]:
    """A component with all but its scripts blanked out, so that every line stays where it is."""
    pieces: list[bytes] = []
    at, typescript = 0, False
    for found in _SCRIPT.finditer(data):
        typescript = typescript or _TYPESCRIPT.search(found.group(1)) is not None
        pieces += [_NO_LINE_END.sub(b" ", data[at : found.start(2)]), found.group(2)]
        at = found.end(2)
    pieces.append(_NO_LINE_END.sub(b" ", data[at:]))
    return b"".join(pieces), typescript
