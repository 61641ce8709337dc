"""The picture: two words side by side."""

from html import escape

from bottega.errors import Invalid

HEIGHT = 20
MARGIN = 7
BASELINE = 14
FONT_SIZE = 11
LEFT_COLOUR = "#3c4043"
MAX_LABEL = 64

_NARROW, _WIDE = frozenset("fijlrtI.,:;!|'`()[]{}/\\ -"), frozenset("mwMW@%")
_NARROW_WIDTH, _USUAL_WIDTH, _WIDE_WIDTH = 4.2, 6.9, 10.2
_LAST_NARROW_SCRIPT = 0x2E7F
"""Behind it come the scripts whose signs are as wide as they are high."""


def draw(label: str, word: str, colour: str) -> bytes:
    """An SVG image without styles, scripts and references, which any page can show under any policy.

    ``colour`` is one of ours, such as ``#2e7d32``: the background of ``word``.
    """
    left, right = width(label), width(word)
    first, total = left + 2 * MARGIN, left + right + 4 * MARGIN
    name = escape(f"{label}: {word}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{HEIGHT}" role="img" aria-label="{name}">'
        f"<title>{name}</title>"
        f'<rect width="{total}" height="{HEIGHT}" rx="4" fill="{LEFT_COLOUR}"/>'
        f'<path fill="{colour}" d="M{first} 0h{right + 2 * MARGIN - 4}a4 4 0 0 1 4 4v{HEIGHT - 8}'
        f'a4 4 0 0 1-4 4h-{right + 2 * MARGIN - 4}z"/>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="{FONT_SIZE}">'
        f'<text x="{MARGIN}" y="{BASELINE}" textLength="{left}">{escape(label)}</text>'
        f'<text x="{first + MARGIN}" y="{BASELINE}" textLength="{right}">{escape(word)}</text>'
        "</g></svg>\n"
    ).encode()


def check_label(label: str) -> None:
    """Raise :class:`Invalid` for what no badge has on its left."""
    if len(label) > MAX_LABEL or not label.isprintable():
        raise Invalid("label", f"must be at most {MAX_LABEL} printable characters")


def width(text: str) -> int:
    """About how wide a text is, in pixels; what draws it makes it exactly so wide."""
    return max(1, round(sum(_character_width(one) for one in text)))


def _character_width(one: str) -> float:
    if one in _NARROW:
        return _NARROW_WIDTH
    if one in _WIDE or one.isupper():
        return _WIDE_WIDTH if one in _WIDE else _USUAL_WIDTH + 1
    return FONT_SIZE if ord(one) > _LAST_NARROW_SCRIPT else _USUAL_WIDTH
