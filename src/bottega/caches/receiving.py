"""Taking in what runs leave for the builds after them.

A cache never changes: who comes first with a key has stored it, and others only replace it when they say that they
could not read that very cache.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.caches.forgetting import KIND, forget, make_room, thin_out
from bottega.caches.scope import Scope, scope_of
from bottega.caches.tables import DependencyCache
from bottega.clock import epoch_ms
from bottega.errors import Conflict, Invalid
from bottega.ids import new_hex
from bottega.runs.tables import Run
from bottega.settings import CacheSettings
from bottega.store.database import Database
from bottega.transfers.doomed import doom
from bottega.transfers.service import Received

_TOOL = re.compile(r"[a-z][a-z0-9_]{0,31}")
_KEY = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-z]{32}")


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What a run says of a cache; ``unreadable`` is the id of one that it could not unpack, or empty."""

    tool: str
    key: str
    unreadable: str


class CacheReceiver:
    """Registered with the transfers for uploads of the kind "cache"."""

    def __init__(self, database: Database, settings: CacheSettings) -> None:
        self._database = database
        self._settings = settings

    def admit(self, session: Session, run: Run, details: Mapping[str, Any], size: int) -> dict[str, Any]:
        """Refuse what would not be kept, before it is sent. Raises :class:`Invalid`, :class:`Conflict`."""
        tool, key = checked(details.get("tool"), details.get("key"))
        unreadable = details.get("unreadable")
        given = Details(
            tool=tool,
            key=key,
            unreadable=unreadable if isinstance(unreadable, str) and _ID.fullmatch(unreadable) else "",
        )
        limit = largest(self._settings)
        if size > limit:
            raise Conflict(f"a cache may have {limit} bytes, this one has {size}")
        known = find(session, scope_of(session, run), tool, key)
        if known is not None and known.id != given.unreadable:
            raise Conflict("another build has stored one with this key meanwhile")
        return msgspec.structs.asdict(given)

    def keep(
        self, session: Session, run: Run, details: Mapping[str, Any], received: Received
    ) -> dict[str, Any]:
        """Put it in place, and let go of what there is no room for; the answer says ``kept``, and ``sha256``."""
        self._database.one_at_a_time(session, f"caches of {run.tenant_id}")
        given = msgspec.convert(details, Details)
        scope = scope_of(session, run)
        known = find(session, scope, given.tool, given.key)
        if known is not None and known.id != given.unreadable:
            doom(session, KIND, [received.key])
            return {"kept": False, "sha256": received.sha256}
        if known is not None:
            forget(session, [known])
        now = epoch_ms()
        cache = DependencyCache(
            id=new_hex(),
            tenant_id=run.tenant_id,
            project_id=run.project_id,
            task_id=scope.task_id,
            owner_id=scope.owner_id,
            shared=scope.shared,
            tool=given.tool,
            key=given.key,
            size=received.size,
            sha256=received.sha256,
            object_key=received.key,
            number=run.number,
            created_at=now,
            used_at=now,
        )
        session.add(cache)
        session.flush()
        thin_out(session, scope.owner_id, given.tool)
        make_room(session, run.tenant_id, self._settings.tenant_bytes, keep=cache.id)
        return {"kept": True, "sha256": received.sha256}


def largest(settings: CacheSettings) -> int:
    """Bytes one cache may have: one that alone is too much for its tenant is never kept."""
    return min(settings.max_bytes, settings.tenant_bytes or settings.max_bytes)


def checked(tool: object, key: object) -> tuple[str, str]:
    """Both if they can be a cache's. Raises :class:`Invalid`."""
    if not isinstance(tool, str) or not _TOOL.fullmatch(tool):
        raise Invalid("tool", "must be the name of a tool")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise Invalid("key", "must be 64 hexadecimal digits")
    return tool, key


def find(session: Session, scope: Scope, tool: str, key: str) -> DependencyCache | None:
    """The cache of exactly this key."""
    query = select(DependencyCache).where(
        DependencyCache.owner_id == scope.owner_id,
        DependencyCache.tool == tool,
        DependencyCache.key == key,
    )
    return session.scalars(query).one_or_none()
