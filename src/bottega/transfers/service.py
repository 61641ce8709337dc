"""Uploads by the holders of leases: announced, received, and kept in one transaction with what they are for.

The lease is asked for at each of the three: a run that was lost meanwhile, and whose next attempt may be at work
already, changes nothing any more.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import msgspec
import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.errors import BottegaError, Invalid, NotFound, Unavailable
from bottega.ids import new_hex
from bottega.runs.holding import Holding
from bottega.runs.tables import Run
from bottega.store.database import Database
from bottega.store.objects import Objects
from bottega.transfers.doomed import LONGEST_UPLOAD_MS, Sweeper, doom
from bottega.transfers.errors import Incomplete
from bottega.transfers.holders import held_run
from bottega.transfers.tables import StoredObject

MOST_OPEN = 64
"""Uploads one run may have announced and not finished."""
MAX_SIZE = 2**53

log = structlog.get_logger(__name__)


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """What has come: ``sha256`` in hex, computed here."""

    key: str
    size: int
    sha256: str


class Receiver(Protocol):
    """A domain that takes uploads of one kind. Both methods work in the caller's write transaction."""

    def admit(self, session: Session, run: Run, details: Mapping[str, Any], size: int) -> dict[str, Any]:
        """``details`` checked, as :meth:`keep` will get them. Raises any :class:`BottegaError` to refuse."""
        ...

    def keep(
        self, session: Session, run: Run, details: Mapping[str, Any], received: Received
    ) -> dict[str, Any]:
        """Make the object its own, or doom it; returns what the run is told. Raises like :meth:`admit`."""
        ...


class Transfers:
    """``refusal`` says why nothing can be stored at present, such as a full disk, or is empty."""

    def __init__(self, database: Database, objects: Objects, refusal: Callable[[], str]) -> None:
        self._database = database
        self._objects = objects
        self._refusal = refusal
        self._receivers: dict[str, Receiver] = {}
        self.sweeper = Sweeper(database, objects)

    def register(self, kind: str, receiver: Receiver) -> None:
        """Have uploads of a kind (a word of small letters) taken by ``receiver``."""
        self._receivers[kind] = receiver

    def announce(self, holding: Holding, kind: str, details: Mapping[str, Any], size: int) -> str:
        """Begin an upload of exactly ``size`` bytes; returns its id.

        Raises :class:`LeaseRefused`, :class:`Unavailable`, :class:`Invalid`, and what the kind's receiver raises.
        """
        if kind not in self._receivers:
            raise Invalid("kind", f"must be one of {', '.join(sorted(self._receivers))}")
        if not 0 <= size <= MAX_SIZE:
            raise Invalid("size", f"must be from 0 to {MAX_SIZE}")
        if why := self._refusal():
            raise Unavailable(why)
        upload_id = new_hex()
        with self._database.write() as session:
            run = held_run(session, holding)
            open_ = select(func.count()).where(
                StoredObject.run_id == run.id,
                StoredObject.attempt == run.attempt,
                StoredObject.doomed.is_(False),
            )
            if (session.scalar(open_) or 0) >= MOST_OPEN:
                raise Unavailable(f"{MOST_OPEN} uploads of this run are under way")
            checked = self._receivers[kind].admit(session, run, details, size)
            session.add(
                StoredObject(
                    id=upload_id,
                    object_key=f"{kind}s/{run.tenant_id}/{upload_id}",
                    kind=kind,
                    run_id=run.id,
                    attempt=run.attempt,
                    size=size,
                    details=checked,
                    created_at=epoch_ms(),
                )
            )
        return upload_id

    def receive(self, holding: Holding, upload_id: str, pieces: Iterator[bytes]) -> dict[str, Any]:
        """Store what ``pieces`` make up and keep it; returns what the run is told. Nothing is kept of half a file.

        Raises :class:`LeaseRefused`, :class:`NotFound` for what was not announced, has come already or was given up,
        :class:`Invalid` for what takes too long, :class:`Incomplete`, :class:`Unavailable`, what the receiver raises,
        and what ``pieces`` raise.
        """
        upload = self._begin(holding, upload_id)
        try:
            received = self._store(upload, pieces)
            return self._keep(holding, upload, received)
        except BaseException as error:
            # Our own refusals come before the commit; after any other error the object may have been kept.
            self._give_up(upload, surely_not_kept=isinstance(error, BottegaError))
            raise

    def _keep(self, holding: Holding, upload: StoredObject, received: Received) -> dict[str, Any]:
        with self._database.write() as session:
            run = held_run(session, holding, lock=True)
            taken = session.execute(
                delete(StoredObject)
                .where(StoredObject.id == upload.id, StoredObject.doomed.is_(False))
                .returning(StoredObject.id)
            ).one_or_none()
            if taken is None:
                raise NotFound("upload", upload.id)
            return self._receivers[upload.kind].keep(session, run, upload.details, received)

    def _begin(self, holding: Holding, upload_id: str) -> StoredObject:
        with self._database.write() as session:
            run = held_run(session, holding)
            upload = session.scalars(
                update(StoredObject)
                .where(
                    StoredObject.id == upload_id,
                    StoredObject.run_id == run.id,
                    StoredObject.attempt == run.attempt,
                    StoredObject.receiving.is_(False),
                    StoredObject.doomed.is_(False),
                )
                .values(receiving=True)
                .returning(StoredObject)
            ).one_or_none()
            if upload is None:
                raise NotFound("upload", upload_id)
            session.expunge(upload)
            return upload

    def _store(self, upload: StoredObject, pieces: Iterator[bytes]) -> Received:
        digest = hashlib.sha256()
        size = 0

        def counted() -> Iterator[bytes]:
            nonlocal size
            for piece in pieces:
                if epoch_ms() - upload.created_at > LONGEST_UPLOAD_MS:
                    # The sweep does not wait for it, and would miss what is stored after it.
                    raise Invalid("upload", "took longer than a day")
                size += len(piece)
                if size > upload.size:
                    raise Incomplete(upload.size, size)
                digest.update(piece)
                yield piece
            if size < upload.size:
                raise Incomplete(upload.size, size)

        self._objects.put_large(upload.object_key, counted())
        return Received(key=upload.object_key, size=size, sha256=digest.hexdigest())

    def _give_up(self, upload: StoredObject, *, surely_not_kept: bool) -> None:
        try:
            with self._database.write() as session:
                marked = session.execute(
                    update(StoredObject)
                    .where(StoredObject.id == upload.id)
                    .values(doomed=True)
                    .returning(StoredObject.id)
                ).one_or_none()
                if marked is None and surely_not_kept:
                    # The sweep was here before the last piece came.
                    doom(session, upload.kind, [upload.object_key])
        except Exception:
            # The sweep finds it by its age.
            log.exception("an upload that failed cannot be marked", upload_id=upload.id)
