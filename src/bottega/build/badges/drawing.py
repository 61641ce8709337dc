"""The picture: two words side by side."""

from collections.abc import Mapping
from enum import StrEnum
from html import escape

from bottega.runs.states import RunState

HEIGHT = 20
MARGIN = 7
BASELINE = 14
FONT_SIZE = 11
LEFT_COLOUR = "#3c4043"

_NARROW, _WIDE = frozenset("fijlrtI.,:;!|'`()[]{}/\\ -"), frozenset("mwMW@%")
_NARROW_WIDTH, _USUAL_WIDTH, _WIDE_WIDTH = 4.2, 6.9, 10.2
_LAST_NARROW_SCRIPT = 0x2E7F
"""Behind it come the scripts whose signs are as wide as they are high."""


class BadgeState(StrEnum):
    """The word on the right."""

    PASSING = "passing"
    FAILING = "failing"
    RUNNING = "running"
    ABORTED = "aborted"
    UNKNOWN = "unknown"


STATES: Mapping[RunState, BadgeState] = {
    RunState.QUEUED: BadgeState.RUNNING,
    RunState.RUNNING: BadgeState.RUNNING,
    RunState.STOPPING: BadgeState.RUNNING,
    RunState.SUCCESS: BadgeState.PASSING,
    RunState.FAILURE: BadgeState.FAILING,
    RunState.TIMEOUT: BadgeState.FAILING,
    RunState.LOST: BadgeState.FAILING,
    RunState.SCHEDULE_FAILURE: BadgeState.FAILING,
    RunState.ABORTED: BadgeState.ABORTED,
}
"""A run that waits counts as running: it is on its way."""

_COLOURS: Mapping[BadgeState, str] = {
    BadgeState.PASSING: "#2e7d32",
    BadgeState.FAILING: "#c62828",
    BadgeState.RUNNING: "#1565c0",
    BadgeState.ABORTED: "#6d4c41",
    BadgeState.UNKNOWN: "#757575",
}


def draw(label: str, state: BadgeState) -> bytes:
    """An SVG image without styles, scripts and references, which any page can show under any policy."""
    left, right = width(label), width(state)
    first, total = left + 2 * MARGIN, left + right + 4 * MARGIN
    name = escape(f"{label}: {state}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{HEIGHT}" role="img" aria-label="{name}">'
        f"<title>{name}</title>"
        f'<rect width="{total}" height="{HEIGHT}" rx="4" fill="{LEFT_COLOUR}"/>'
        f'<path fill="{_COLOURS[state]}" d="M{first} 0h{right + 2 * MARGIN - 4}a4 4 0 0 1 4 4v{HEIGHT - 8}'
        f'a4 4 0 0 1-4 4h-{right + 2 * MARGIN - 4}z"/>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="{FONT_SIZE}">'
        f'<text x="{MARGIN}" y="{BASELINE}" textLength="{left}">{escape(label)}</text>'
        f'<text x="{first + MARGIN}" y="{BASELINE}" textLength="{right}">{escape(state)}</text>'
        "</g></svg>\n"
    ).encode()


def width(text: str) -> int:
    """About how wide a text is, in pixels; what draws it makes it exactly so wide."""
    return max(1, round(sum(_character_width(one) for one in text)))


def _character_width(one: str) -> float:
    if one in _NARROW:
        return _NARROW_WIDTH
    if one in _WIDE or one.isupper():
        return _WIDE_WIDTH if one in _WIDE else _USUAL_WIDTH + 1
    return FONT_SIZE if ord(one) > _LAST_NARROW_SCRIPT else _USUAL_WIDTH
