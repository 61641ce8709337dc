"""Reading the ``image`` of a step (reference, section 5.7): ``maven3.9.5-jdk17``, ``cloudbuild@nodejs18``."""

from __future__ import annotations

import re

from bottega.agent.tools.catalogue import EVERYWHERE, WORDS
from bottega.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_PREFIX = "cloudbuild@"
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]{0,299}")
_CODEARTS = "codeci/"
"""The organization of CodeArts' own images, which are tool environments (reference, section 5.7)."""
_WORD = re.compile(r"([A-Za-z_+]+)([0-9][0-9.]*)?")
_MOST_WORDS = 12
_MOST_CHARACTERS = 300
_LONGEST_VERSION = 24


class Image(Value):
    """``tools``: names and versions (perhaps empty) it asks for. ``unknown``: its words that name no tool we know.

    ``address`` is the image itself when it is one of a container registry, else empty.
    """

    __slots__ = ("address", "tools", "unknown")
    tools: Sequence[tuple[str, str]]
    unknown: Sequence[str]
    address: str

    def __init__(
        self, tools: Sequence[tuple[str, str]], unknown: Sequence[str] = (), address: str = ""
    ) -> None:
        self._fill(tools=tuple(tools), unknown=tuple(unknown), address=address)


def image_text(value: object) -> str:
    """What a step's ``image`` input says; empty when it says nothing."""
    return value.strip() if isinstance(value, str) else ""


def parse(text: str) -> Image:
    """What an image asks for. Any text can be read; what cannot be understood is in ``unknown``."""
    name = text.strip().removeprefix(_PREFIX)[:_MOST_CHARACTERS]
    address = name if "/" in name else ""
    if address:
        name = _named(address)
    tools: dict[str, str] = {}
    unknown: list[str] = []
    before = ""
    for word in name.replace("@", "-").split("-")[:_MOST_WORDS]:
        if before and word[:1].isdigit():
            # A version on its own belongs to the word in front of it: "zip-1.1.0".
            if before in tools and not tools[before]:
                tools[before] = _version(word)
            continue
        found = _WORD.fullmatch(word)
        known = WORDS.get(found[1].lower(), "") if found else ""
        before = known or word
        if known and found:
            tools.setdefault(known, _version(found[2] or ""))
        elif word and not (found and found[1].lower() in EVERYWHERE):
            unknown.append(word)
    return Image(list(tools.items()), unknown, address)


def is_reference(text: str) -> bool:
    """Whether a text can be the address or name of a container image."""
    return _REFERENCE.fullmatch(text) is not None


def container_image(text: str) -> str:
    """The container image a step is to run in: an address such as ``registry.example.com/a/b:1``, or a name with a tag
    or digest, such as ``alpine:3.20``. Empty for tool environments, also those of CodeArts by their address.

    A name alone is none: nobody could tell it from a tool environment that is not known here.
    """
    name = text.strip()
    if name.startswith(_PREFIX) or not is_reference(name) or not set(name) & set("/:@"):
        return ""
    registry, _, rest = name.partition("/")
    if registry.startswith("swr.") and rest.startswith(_CODEARTS):
        return "" if not parse(name).unknown else name
    return name


def _named(address: str) -> str:
    """What names the tools in ``registry/organisation/name:tag``: the tag, unless it is only a version."""
    last = address.rpartition("/")[2].partition("@")[0]
    name, _, tag = last.partition(":")
    return tag if tag[:1].isalpha() and tag != "latest" else f"{name}{tag}" if tag[:1].isdigit() else name


def _version(text: str) -> str:
    return text.strip(".")[:_LONGEST_VERSION]
