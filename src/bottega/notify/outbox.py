"""Noting what happened, in the transaction in which it happens: one INSERT, and nobody waits for more."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import insert
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.ids import new_uuid
from bottega.notify.tables import NoticeOutbox


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """The fields are those of :class:`~bottega.notify.tables.NoticeOutbox`."""

    tenant_id: str
    kind: str
    event: str
    task_id: str
    run_id: str | None = None
    facts: dict[str, Any] = {}


def remember(session: Session, happenings: Sequence[Happening]) -> None:
    """Have these told, if the transaction commits."""
    if not happenings:
        return
    now = epoch_ms()
    rows = [{**msgspec.structs.asdict(one), "id": new_uuid(), "at": now} for one in happenings]
    session.execute(insert(NoticeOutbox), rows)
