"""What a call of an operation is made of."""

from collections.abc import Callable
from typing import Any

import msgspec

from tests.support.application import World


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a call has beside the ids in its path; ``path`` replaces some of those, ``content`` is a body as it is."""

    path: dict[str, str] = {}
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    body: Any = None
    content: bytes | None = None
    files: dict[str, tuple[str, bytes]] | None = None
    fields: dict[str, str] | None = None


Calls = dict[str, Callable[[World], Request]]
"""Good calls by operation id. Those that change something change only what belongs to the world they are given."""


def plain(_world: World) -> Request:
    """Nothing but the ids in its path."""
    return Request()


def of_project(world: World) -> Request:
    """The project beside them."""
    return Request(query={"project_id": world.project_id})
