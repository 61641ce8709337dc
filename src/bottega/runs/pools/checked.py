"""Agents may be hostile: what they say of themselves is cut to what can be kept and shown."""

import re
from typing import Any

import msgspec

from bottega.runs.flavors import FLAVOR, normalised
from bottega.runs.messages import Offer, OfferedTool
from bottega.runs.pools.labels import MAX_LABELS, is_label

MAX_SLOTS = 1000
MAX_TOOLS = 64
MAX_NOTES = 20
MAX_TEXT = 500

_ARCH = re.compile(r"[a-z0-9_-]{1,16}")
_NAME = re.compile(r"[a-z][a-z0-9_+.-]{0,31}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+.-]{0,31}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


def checked(offer: Offer) -> Offer:
    """The offer within bounds. An architecture that cannot be one becomes empty: there are no runs for it."""
    return msgspec.structs.replace(
        offer,
        version=_text(offer.version, 64),
        # It becomes part of subjects of the broker.
        arch=offer.arch if _ARCH.fullmatch(offer.arch) else "",
        slots=min(max(offer.slots, 0), MAX_SLOTS),
        sandbox=_text(offer.sandbox, 128),
        sandbox_level=_text(offer.sandbox_level, 32),
        notes=[_text(note) for note in offer.notes[:MAX_NOTES]],
        refusing=_text(offer.refusing),
        tools=None if offer.tools is None else _tools(offer.tools),
        labels=[label for label in offer.labels[:MAX_LABELS] if is_label(label)],
        size=_size(offer.size),
        image_match="strict" if offer.image_match == "strict" else "lenient",
    )


def kept(offer: Offer) -> dict[str, Any]:
    """What of a checked offer is kept in the agent's row beside its columns."""
    values: dict[str, Any] = msgspec.to_builtins(offer)
    return {name: value for name, value in values.items() if name not in {"arch", "slots"}}


def _tools(tools: list[OfferedTool]) -> list[OfferedTool]:
    return [
        OfferedTool(name=tool.name, version=tool.version, home=_text(tool.home, 256))
        for tool in tools[:MAX_TOOLS]
        if _NAME.fullmatch(tool.name) and _VERSION.fullmatch(tool.version)
    ]


def _size(text: str) -> str:
    found = FLAVOR.fullmatch(text)
    return normalised(text) if found and int(found[1]) and int(found[2]) else ""


def _text(text: str, most: int = MAX_TEXT) -> str:
    return _UNPRINTABLE.sub(" ", text[:most])
