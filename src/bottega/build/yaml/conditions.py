"""Conditions of ``envs`` and ``buildflows``: comparisons of parameters with texts and numbers.

    condition  = all { ("or" | "||") all }
    all        = each { ("and" | "&&") each }
    each       = ("not" | "!") each | "(" condition ")" | comparison
    comparison = value [ ("==" | "!=" | "<" | "<=" | ">" | ">=") value ]
    value      = name | "${" name "}" | 'text' | "text" | number | "true" | "false"

The reference shows two examples and no grammar (codearts-build, sections 5.4 and 11); both examples are in this one.
"""

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from re import compile as pattern
from typing import Literal

import msgspec

from bottega.build.yaml.condition_words import KEYWORDS, TRUTHS, ConditionError, Word, split
from bottega.build.yaml.problems import nearest, shown

MAX_LENGTH = 1000
MAX_DEPTH = 30

_COMPARE: dict[str, Callable[..., bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_NUMBER = pattern(r"-?[0-9]{1,50}(\.[0-9]{1,50})?")


class Value(msgspec.Struct, frozen=True):
    """A parameter's name, or a literal."""

    kind: Literal["name", "text", "number", "truth"]
    text: str


class Comparison(msgspec.Struct, frozen=True):
    """Two values compared, or one value taken for a truth (``sign`` empty, ``right`` None)."""

    left: Value
    sign: str = ""
    right: Value | None = None


class Not(msgspec.Struct, frozen=True):
    of: "Expression"


class All(msgspec.Struct, frozen=True):
    parts: tuple["Expression", ...]


class Any(msgspec.Struct, frozen=True):
    parts: tuple["Expression", ...]


Expression = Comparison | Not | All | Any


class Condition(msgspec.Struct, frozen=True):
    """A condition that was read; ``names`` are the parameters in it with the offsets of their first mention."""

    tree: Expression
    names: dict[str, int]

    def holds(self, values: Mapping[str, str]) -> bool:
        """Whether it is true. Raises :class:`ConditionError`, also for a name that is not among ``values``."""
        for name, offset in self.names.items():
            if name not in values:
                near = nearest(name, sorted(values)) or "; a text stands in quotes"
                raise ConditionError(offset, f"there is no parameter {shown(name)}{near}")
        return self._true(self.tree, values)

    def _true(self, tree: Expression, values: Mapping[str, str]) -> bool:
        if isinstance(tree, Any):
            return any(self._true(part, values) for part in tree.parts)
        if isinstance(tree, All):
            return all(self._true(part, values) for part in tree.parts)
        if isinstance(tree, Not):
            return not self._true(tree.of, values)
        left = _text(tree.left, values)
        if tree.right is None:
            if left.lower() in {*TRUTHS, ""}:
                return left.lower() == "true"
            raise ConditionError(
                self.names.get(tree.left.text, 0),
                f"{tree.left.text} is {shown(left)}, neither true nor false",
            )
        return _compared(
            left, tree.sign, _text(tree.right, values), "truth" in {tree.left.kind, tree.right.kind}
        )


def read(text: str) -> Condition:
    """Raises :class:`ConditionError` with the offset of the character at fault."""
    if len(text) > MAX_LENGTH:
        raise ConditionError(MAX_LENGTH, f"a condition has at most {MAX_LENGTH} characters")
    reader = _Reader(split(text))
    tree = reader.any(0)
    reader.expect_end()
    return Condition(tree, reader.names)


def write(tree: Expression) -> str:
    """The one spelling of it; reading that gives the same tree."""
    if isinstance(tree, Any):
        return " or ".join(_inner(part, (Any,)) for part in tree.parts)
    if isinstance(tree, All):
        return " and ".join(_inner(part, (Any, All)) for part in tree.parts)
    if isinstance(tree, Not):
        return f"not {_inner(tree.of, (Any, All))}"
    left = _written(tree.left)
    return left if tree.right is None else f"{left} {tree.sign} {_written(tree.right)}"


def _inner(tree: Expression, bracketed: tuple[type, ...]) -> str:
    return f"({write(tree)})" if isinstance(tree, bracketed) else write(tree)


def _written(value: Value) -> str:
    if value.kind == "name":
        return f"${{{value.text}}}"
    if value.kind == "text":
        return "'" + value.text.replace("'", "''") + "'"
    return value.text


def _text(value: Value, values: Mapping[str, str]) -> str:
    return values[value.text] if value.kind == "name" else value.text


def _compared(left: str, sign: str, right: str, truths: bool) -> bool:
    compare = _COMPARE[sign]
    if _NUMBER.fullmatch(left) and _NUMBER.fullmatch(right):
        return compare(Decimal(left), Decimal(right))
    if truths:
        return compare(left.lower(), right.lower())
    return compare(left, right)


class _Reader:
    def __init__(self, words: list[Word]) -> None:
        self._words = words
        self._at = 0
        self.names: dict[str, int] = {}

    @property
    def _next(self) -> Word:
        return self._words[self._at]

    def _takes(self, kind: str, text: str) -> bool:
        if self._next.kind == kind and self._next.text == text:
            self._at += 1
            return True
        return False

    def expect_end(self) -> None:
        word = self._next
        if word.kind == "end":
            return
        if word.kind == "operator" and word.text in _COMPARE:
            raise ConditionError(word.offset, "a comparison has one parameter, text or number on either side")
        raise ConditionError(word.offset, f"expected and, or, or the end, not {shown(word.text)}")

    def any(self, depth: int) -> Expression:
        parts = [self._all(depth)]
        while self._takes("operator", "or"):
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _all(self, depth: int) -> Expression:
        parts = [self._each(depth)]
        while self._takes("operator", "and"):
            parts.append(self._each(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _each(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            raise ConditionError(self._next.offset, f"a condition is nested at most {MAX_DEPTH} levels deep")
        if self._takes("operator", "not"):
            return Not(self._each(depth + 1))
        opening = self._next.offset
        if self._takes("(", "("):
            inner = self.any(depth + 1)
            if not self._takes(")", ")"):
                if self._next.kind == "end":
                    raise ConditionError(opening, "this ( has no closing )")
                self.expect_end()
            return inner
        left = self._value()
        word = self._next
        if word.kind != "operator" or word.text not in _COMPARE:
            if left.kind in {"text", "number"}:
                raise ConditionError(word.offset, f"expected a comparison (one of {' '.join(_COMPARE)})")
            return Comparison(left)
        self._at += 1
        return Comparison(left, word.text, self._value())

    def _value(self) -> Value:
        word = self._next
        if word.kind not in {"name", "text", "number", "truth"}:
            found = "the end" if word.kind == "end" else shown(word.text)
            raise ConditionError(
                word.offset, f"expected a parameter, a text in quotes or a number, not {found}"
            )
        self._at += 1
        if word.kind == "name":
            self.names.setdefault(word.text, word.offset)
        return Value(word.kind, word.text)  # pyright: ignore[reportArgumentType]


__all__ = [
    "KEYWORDS",
    "All",
    "Any",
    "Comparison",
    "Condition",
    "ConditionError",
    "Not",
    "Value",
    "read",
    "write",
]
