"""Lines of logs as a part of a page."""

from litestar import Response

from bottega.console.pages import Page
from bottega.console.showing import without_colours

NEXT, COMPLETE = "X-Log-Next", "X-Log-Complete"
"""Headers of a part: where the next one begins, and whether there will be one."""
MAX_OFFSET = 2**53
LINES = 1000
LINE_CHARACTERS = 20_000

_KINDS = (("[ERROR]", "error"), ("[WARN]", "warning"), ("[WARNING]", "warning"))
_LEVEL_WITHIN = 60
"""Characters in which the level of a line is: behind its time."""


def kinds_of(text: str) -> list[tuple[str, str]]:
    """Each line without its end, and what kind of line it is."""
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [(_kind(line), without_colours(line)[:LINE_CHARACTERS]) for line in lines]


def offset_asked(page: Page) -> int:
    """The byte a part is to begin at."""
    text = page.asked("offset")
    return (
        min(int(text), MAX_OFFSET)
        if text.isascii() and text.isdigit() and len(text) <= len(str(MAX_OFFSET))
        else 0
    )


def part(page: Page, text: str, end: int, *, complete: bool) -> Response[str]:
    """What is added to a log that is being looked at."""
    headers = {NEXT: str(end), COMPLETE: "true" if complete else "false"}
    return page.show("log_lines.html", lines=kinds_of(text), headers=headers)


def _kind(line: str) -> str:
    beginning = line[:_LEVEL_WITHIN]
    return next((kind for mark, kind in _KINDS if mark in beginning), "")
