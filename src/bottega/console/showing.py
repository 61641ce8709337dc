"""How values are written on pages: times, durations, sizes, and texts of strangers."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from markdown_it import MarkdownIt
from markupsafe import Markup

from bottega.clock import epoch_ms, zulu

_SECOND, _MINUTE, _HOUR = 1000, 60_000, 3_600_000
_KILO = 1024
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
"""What terminals take for colours, titles and the like."""
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""What is not seen, or changes how its neighbours are seen: code can be made to look like other code."""


def visible(text: str) -> str:
    """The text with each character that hides or turns others written as its number."""
    return _UNSEEN.sub(_number, text)


def without_colours(text: str) -> str:
    """A log line without what was meant for a terminal."""
    return _ESCAPES.sub("", text.rstrip("\r")) if "\x1b" in text or text.endswith("\r") else text


def shown(value: object) -> object:
    """What a page shows of any value that is put into it; the template engine calls this."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def moment(ms: int | None, zone: ZoneInfo) -> Markup:
    """A time for people, with the exact one for machines; a dash for none."""
    if not ms:
        return Markup("–")
    local = datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone)
    return Markup('<time datetime="{}">{}</time>').format(zulu(ms), f"{local:%Y-%m-%d %H:%M:%S}")


def lasted(begun: int | None, ended: int | None) -> str:
    """How long something took, or takes until now."""
    if not begun:
        return "–"
    ms = max(0, (ended or epoch_ms()) - begun)
    if ms < _SECOND:
        return f"{ms} ms"
    if ms < _MINUTE:
        return f"{ms / _SECOND:.1f} s"
    if ms < _HOUR:
        return f"{ms // _MINUTE} min {ms % _MINUTE // _SECOND} s"
    return f"{ms // _HOUR} h {ms % _HOUR // _MINUTE} min"


def size(count: int) -> str:
    """Bytes in the unit that people would take."""
    value, unit = float(count), 0
    while value >= _KILO and unit < len(_UNITS) - 1:
        value, unit = value / _KILO, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"


def markdown(text: str) -> Markup:
    """What analysers say of their rules. HTML in it stays text, and no picture is fetched."""
    return Markup(_MARKDOWN.render(visible(text)))  # noqa: S704 - the renderer escapes


def _number(found: re.Match[str]) -> str:
    return f"⟨U+{ord(found[0]):04X}⟩"
