"""What runners say over HTTP, and what they are answered; they may be of another version."""

from typing import Any

import msgspec


class Announcement(msgspec.Struct, kw_only=True):
    """An upload that is to come: ``size`` in bytes, ``details`` as its kind needs them."""

    kind: str
    size: int
    details: dict[str, Any] = {}


class Announced(msgspec.Struct, kw_only=True):
    upload_id: str


class Kept(msgspec.Struct, kw_only=True):
    """What became of an upload; the fields of ``result`` are its kind's."""

    result: dict[str, Any]


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """The proof in a request's headers."""

    run_id: str
    attempt: int
    lease_token: str
