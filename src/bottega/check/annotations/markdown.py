"""Texts of strangers in Markdown: as code, in which no forge looks for mentions, references, images or HTML."""

import re

_TICKS = re.compile("`+")
_CUT = "…"


def code(text: str, longest: int) -> str:
    """``text`` on one line, as code, and nothing but that; of a long one the beginning.

    Characters that show nothing, such as those that turn the direction of writing, become blanks.
    """
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    if len(line) > longest:
        line = line[: longest - 1] + _CUT
    # It ends with as many backticks as it begins with: more than there are anywhere within.
    fence = "`" * (1 + max((len(run) for run in _TICKS.findall(line)), default=0))
    return f"{fence} {line or '-'} {fence}"


def link(words: str, url: str) -> str:
    """A link of our own; ``words`` alone where there is no address."""
    return f"[{words}]({url})" if url else words
