"""Texts of strangers in Markdown: as code, in which no forge looks for mentions, references, images or HTML."""

import re

from bottega.texts import one_line

_TICKS = re.compile("`+")


def code(text: str, longest: int) -> str:
    """``text`` on :func:`one line <bottega.texts.one_line>`, as code, and nothing but that."""
    line = one_line(text, longest)
    # It ends with as many backticks as it begins with: more than there are anywhere within.
    fence = "`" * (1 + max((len(run) for run in _TICKS.findall(line)), default=0))
    return f"{fence} {line or '-'} {fence}"


def link(words: str, url: str) -> str:
    """A link of our own; ``words`` alone where there is no address."""
    return f"[{words}]({url})" if url else words
