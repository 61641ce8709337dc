"""The words of a condition, with their places."""

import re

import msgspec

from bottega.build.yaml.problems import shown


class ConditionError(Exception):
    """A condition that cannot be used; ``offset`` is the character at fault, from 0."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason


class Word(msgspec.Struct, frozen=True):
    """``kind``: name, text, number, truth, operator (in its one spelling), ``(``, ``)`` or end."""

    kind: str
    text: str
    offset: int


_WORD = re.compile(
    r"""\s*(?:
    (?P<reference>\$\{(?P<inner>[A-Za-z0-9_]{1,128})\})
  | (?P<single>'(?:[^']|'')*')
  | (?P<double>"(?:[^"]|"")*")
  | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?![A-Za-z0-9_.]))
  | (?P<name>[A-Za-z0-9_]{1,128}(?![A-Za-z0-9_.]))
  | (?P<operator>==|!=|<=|>=|<|>|&&|\|\||!)
  | (?P<bracket>[()])
  )""",
    re.VERBOSE,
)
KEYWORDS = {"and": "and", "or": "or", "not": "not", "&&": "and", "||": "or", "!": "not"}
TRUTHS = ("true", "false")
_BLANK = re.compile(r"\s*")


def split(text: str) -> list[Word]:
    """All words, an ``end`` last. Raises :class:`ConditionError`."""
    words: list[Word] = []
    at = 0
    while True:
        blank = _BLANK.match(text, at)
        start = blank.end() if blank else at
        if start == len(text):
            return [*words, Word("end", "", start)]
        found = _WORD.match(text, at)
        if found is None:
            raise ConditionError(start, _reason(text[start:]))
        words.append(_word(found, start))
        at = found.end()


def _word(found: re.Match[str], start: int) -> Word:
    kind = found.lastgroup
    text = found[0].lstrip()
    if kind in {"reference", "inner"}:
        return Word("name", found["inner"], start)
    if kind in {"single", "double"}:
        return Word("text", text[1:-1].replace(text[0] * 2, text[0]), start)
    if text in KEYWORDS:
        return Word("operator", KEYWORDS[text], start)
    if text in TRUTHS or kind == "bracket":
        return Word("truth" if text in TRUTHS else text, text, start)
    return Word(str(kind), text, start)


def _reason(rest: str) -> str:
    first = rest[0]
    if first in "'\"":
        return f"the text that begins here has no closing {first}"
    if first == "=":
        return "expected == to compare"
    if first in "&|":
        return f"expected {first * 2}, or the word {'and' if first == '&' else 'or'}"
    if first == "$":
        return "expected ${name}"
    word = re.match(r"[\w.+-]+", rest)
    if word:
        return f"{shown(word[0])} is neither a parameter's name nor a number; put texts in quotes"
    return f"{first!r} has no meaning in a condition"
