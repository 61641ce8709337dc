"""Texts about rules as HTML, which is what clients take them for: nothing in them can be run, loaded or followed."""

from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

KEPT = 10_000
"""More than there are rules: a list that is read page by page is rendered once."""


@lru_cache(KEPT)
def from_markdown(text: str) -> str:
    """Markdown as HTML."""
    return _markdown().render(text).strip()


@cache
def _markdown() -> "MarkdownIt":
    # Not at the start of the server, most of which never show a rule.
    from markdown_it import MarkdownIt  # noqa: PLC0415

    # Tags in the text are shown and not obeyed, and of links only the harmless kinds are made.
    return MarkdownIt("commonmark", {"html": False}).disable("image")


def from_code(text: str) -> str:
    """Code as HTML; empty for none."""
    return f"<pre>\n{escape(text.rstrip())}\n</pre>" if text.strip() else ""
