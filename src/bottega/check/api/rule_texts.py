"""Texts about rules as HTML, which is what clients take them for: nothing in them can be run, loaded or followed."""

from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt

KEPT = 10_000
"""More than there are rules: a list that is read page by page is rendered once."""

# Tags in the text are shown and not obeyed, and of links only the harmless kinds are made.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")


@lru_cache(KEPT)
def from_markdown(text: str) -> str:
    """Markdown as HTML."""
    return _MARKDOWN.render(text).strip()


def from_code(text: str) -> str:
    """Code as HTML; empty for none."""
    return f"<pre>\n{escape(text.rstrip())}\n</pre>" if text.strip() else ""
