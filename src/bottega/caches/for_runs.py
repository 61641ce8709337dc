"""Caches that a build asks for while it runs."""

from collections.abc import Iterator

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bottega.caches.forgetting import forget
from bottega.caches.receiving import checked, find, largest
from bottega.caches.scope import scope_of
from bottega.caches.tables import DependencyCache
from bottega.clock import epoch_ms
from bottega.runs.holding import Holding
from bottega.settings import CacheSettings
from bottega.store.database import Database
from bottega.store.objects import Objects
from bottega.transfers.holders import held_run


class CachesForRuns:
    """Gives a run what its own task has left, or its project where that is its scope; never another tenant's."""

    def __init__(self, database: Database, objects: Objects, settings: CacheSettings) -> None:
        self._database = database
        self._objects = objects
        self.limit = largest(settings)

    def best(self, holding: Holding, tool: str, key: str) -> DependencyCache | None:
        """The cache of this key, else the newest of the tool; being asked for counts as use.

        Raises :class:`LeaseRefused`, :class:`Invalid`, :class:`Conflict`.
        """
        checked(tool, key)
        with self._database.write() as session:
            run = held_run(session, holding)
            scope = scope_of(session, run)
            newest = (
                select(DependencyCache)
                .where(DependencyCache.owner_id == scope.owner_id, DependencyCache.tool == tool)
                .order_by(DependencyCache.created_at.desc(), DependencyCache.id.desc())
                .limit(1)
            )
            while True:
                found = find(session, scope, tool, key) or session.scalars(newest).one_or_none()
                if found is None or _used(session, found.id):
                    return found

    def content(self, cache: DependencyCache) -> Iterator[bytes] | None:
        """Its bytes in pieces, the first read at once; None when they are gone, and the cache is then forgotten.

        Raises :class:`Unavailable`.
        """
        try:
            return self._objects.pieces(cache.object_key, start=0, end=cache.size)
        except FileNotFoundError:
            with self._database.write() as session:
                row = session.get(DependencyCache, cache.id)
                forget(session, [] if row is None else [row])
            return None


def _used(session: Session, cache_id: str) -> bool:
    """Note the use of a cache; False when somebody has deleted it since it was read."""
    used = (
        update(DependencyCache)
        .where(DependencyCache.id == cache_id)
        .values(used_at=epoch_ms())
        .returning(DependencyCache.id)
    )
    return session.execute(used, execution_options={"synchronize_session": False}).one_or_none() is not None
