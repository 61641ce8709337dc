"""Writing, reading and ending the audit trail."""

import msgspec
from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from bottega.audit.events import AuditKind, AuditName
from bottega.audit.tables import AuditEvent
from bottega.clock import epoch_ms
from bottega.errors import Invalid
from bottega.iam.principal import Principal, Right
from bottega.ids import new_uuid
from bottega.store.database import Database

DAY_MS = 24 * 3600 * 1000
MAX_LIMIT = 200
NAME_LIMIT = 255
DETAIL_LIMIT = 4096
PURGE_BATCH = 1000


def record(  # noqa: PLR0917 - who, what, which: each call reads like a sentence
    session: Session,
    principal: Principal,
    name: AuditName,
    kind: AuditKind,
    resource_id: str,
    resource_name: str = "",
    *,
    project_id: str = "",
    detail: str = "",
) -> None:
    """Note what ``principal`` does in this write transaction: both are stored, or neither is."""
    session.add(
        AuditEvent(
            id=new_uuid(),
            tenant_id=principal.tenant_id,
            at=epoch_ms(),
            name=name,
            user_id=principal.user_id,
            user_name=principal.user_name,
            address=principal.address,
            project_id=project_id,
            resource_type=kind,
            resource_id=resource_id,
            resource_name=resource_name[:NAME_LIMIT],
            detail=detail[:DETAIL_LIMIT],
        )
    )


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which events; empty fields do not restrict. ``since`` and ``until`` are epoch milliseconds, both inclusive.

    ``after`` is the id of the last event of the previous page.
    """

    since: int = 0
    until: int = 0
    name: str = ""
    user_name: str = ""
    resource_type: str = ""
    resource_id: str = ""
    resource_name: str = ""
    event_id: str = ""
    after: str = ""


class AuditTrail:
    """What administrators read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, principal: Principal, where: AuditFilter, limit: int) -> list[AuditEvent]:
        """At most ``limit`` events of the caller's tenant, newest first.

        Raises :class:`Invalid`, and :class:`Forbidden` for everybody but administrators.
        """
        principal.require(Right.ADMINISTER)
        if not 1 <= limit <= MAX_LIMIT:
            raise Invalid("limit", f"expected 1 to {MAX_LIMIT}")
        with self._database.read() as session:
            wanted = [AuditEvent.tenant_id == principal.tenant_id, *_restrictions(where)]
            if where.after:
                wanted.append(_behind(session, principal.tenant_id, where.after))
            query = select(AuditEvent).where(*wanted)
            newest_first = query.order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
            return list(session.scalars(newest_first.limit(limit)))

    def purge(self, days: int) -> int:
        """Delete events older than ``days`` in small transactions; returns how many went. 0 days keeps all."""
        if days == 0:
            return 0
        before = epoch_ms() - days * DAY_MS
        gone = 0
        while True:
            with self._database.write() as session:
                old = select(AuditEvent.id).where(AuditEvent.at < before).limit(PURGE_BATCH)
                ids = session.scalars(old).all()
                session.execute(delete(AuditEvent).where(AuditEvent.id.in_(ids)))
            gone += len(ids)
            if len(ids) < PURGE_BATCH:
                return gone


def _restrictions(where: AuditFilter) -> list[ColumnElement[bool]]:
    equal = {
        AuditEvent.name: where.name,
        AuditEvent.user_name: where.user_name,
        AuditEvent.resource_type: where.resource_type,
        AuditEvent.resource_id: where.resource_id,
        AuditEvent.resource_name: where.resource_name,
        AuditEvent.id: where.event_id,
    }
    wanted = [column == value for column, value in equal.items() if value]
    if where.since:
        wanted.append(AuditEvent.at >= where.since)
    if where.until:
        wanted.append(AuditEvent.at <= where.until)
    return wanted


def _behind(session: Session, tenant_id: str, event_id: str) -> ColumnElement[bool]:
    last = session.get(AuditEvent, event_id)
    if last is None or last.tenant_id != tenant_id:
        raise Invalid("next", "is not the marker of an event")
    return or_(AuditEvent.at < last.at, and_(AuditEvent.at == last.at, AuditEvent.id < last.id))
