"""The image templates this version brings: one TOML file each in ``catalogue``."""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from bottega.errors import NotFound


class ImageTemplate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``id`` is a UUID that never changes; ``created`` is ``yyyy-MM-dd``; ``dockerfile`` the text to begin with."""

    id: str
    name: str
    label: str
    base: str
    title: str
    description: str
    created: str
    dockerfile: str


@cache
def templates() -> tuple[ImageTemplate, ...]:
    """All of them, by title."""
    folder = files("bottega.build.images") / "catalogue"
    read = [
        msgspec.convert(tomllib.loads(path.read_text("utf-8")), ImageTemplate)
        for path in folder.iterdir()
        if path.name.endswith(".toml")
    ]
    return tuple(sorted(read, key=lambda template: template.title))


def template(image_id: str) -> ImageTemplate:
    """The one with this id. Raises :class:`NotFound`."""
    for one in templates():
        if one.id == image_id:
            return one
    raise NotFound("image template", image_id[:80])
