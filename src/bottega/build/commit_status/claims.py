"""Having a status to oneself, and settling it. Every change names the version it is about."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session, aliased

from bottega.build.commit_status.tables import CommitStatus
from bottega.runs.tables import Run
from bottega.store.base import now_ms

CLAIM_MS = 60_000
"""Longer than a conversation may last; until then nobody else tells of the same run, so that words keep their order."""

PURGE_BATCH = 1000


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A run that this replica is to tell of."""

    run_id: str
    host: str
    version: int
    tries: int
    sent: str
    created_at: int


def claim(session: Session, limit: int) -> list[Claimed]:
    """Some that are due, the longest due first."""
    due = and_(CommitStatus.next_try_at <= now_ms(), CommitStatus.claimed_until <= now_ms())
    found = session.scalars(
        select(CommitStatus.run_id)
        .where(due)
        .order_by(CommitStatus.next_try_at, CommitStatus.run_id)
        .limit(limit)
        # Whoever waited here with some rows in hand could be waited for by the end of several runs.
        .with_for_update(skip_locked=True)
    ).all()
    rows = session.execute(
        update(CommitStatus)
        .where(CommitStatus.run_id.in_(found), due)
        .values(claimed_until=now_ms() + CLAIM_MS)
        .returning(
            CommitStatus.run_id,
            CommitStatus.host,
            CommitStatus.version,
            CommitStatus.tries,
            CommitStatus.sent,
            CommitStatus.created_at,
        ),
        execution_options={"synchronize_session": False},
    ).all()
    return [
        Claimed(
            run_id=row.run_id,
            host=row.host,
            version=row.version,
            tries=row.tries,
            sent=row.sent,
            created_at=row.created_at,
        )
        for row in rows
    ]


def is_due(session: Session) -> bool:
    """Whether there is anything to claim: most looks find nothing, and must not queue for the writer."""
    due = and_(CommitStatus.next_try_at <= now_ms(), CommitStatus.claimed_until <= now_ms())
    return session.scalar(select(CommitStatus.run_id).where(due).limit(1)) is not None


def superseded(session: Session, run: Run) -> bool:
    """Whether a newer run of the task builds the same commit: then that one is what the forge should show."""
    newer = aliased(Run)
    query = (
        select(newer.id)
        .join(CommitStatus, CommitStatus.run_id == newer.id)
        .where(
            newer.task_id == run.task_id,
            newer.number > run.number,
            newer.commit_id == run.commit_id,
            newer.source_url == run.source_url,
        )
        .limit(1)
    )
    return session.scalar(query) is not None


def settled(session: Session, claimed: Claimed, *, sent: str | None = None, error: str = "") -> None:
    """There is nothing more to tell, unless the run has changed meanwhile."""
    values: dict[str, Any] = {"claimed_until": 0, "error": error}
    if sent is not None:
        values["sent"] = sent
    mine = CommitStatus.run_id == claimed.run_id
    _change(session, mine, **values)
    _change(session, and_(mine, CommitStatus.version == claimed.version), next_try_at=None)


def postponed(session: Session, claimed: Claimed, error: str, pause_ms: int, *, whole_host: bool) -> None:
    """It did not get through; with ``whole_host`` nothing would, so that all of the host waits."""
    later = now_ms() + pause_ms
    _change(
        session,
        CommitStatus.run_id == claimed.run_id,
        claimed_until=0,
        error=error,
        tries=CommitStatus.tries + 1,
        next_try_at=later,
    )
    if whole_host:
        others = select(CommitStatus.run_id).where(
            CommitStatus.host == claimed.host, CommitStatus.next_try_at < later
        )
        free = session.scalars(others.with_for_update(skip_locked=True)).all()
        _change(session, CommitStatus.run_id.in_(free), next_try_at=later)


def purge(session: Session, before_ms: int) -> int:
    """Forget some of what is settled and was made before that time; returns how many."""
    old = select(CommitStatus.run_id).where(
        CommitStatus.created_at < before_ms, CommitStatus.next_try_at.is_(None)
    )
    ids = session.scalars(old.limit(PURGE_BATCH).with_for_update(skip_locked=True)).all()
    session.execute(delete(CommitStatus).where(CommitStatus.run_id.in_(ids)))
    return len(ids)


def _change(session: Session, where: ColumnElement[bool], **values: Any) -> None:
    session.execute(
        update(CommitStatus).where(where).values(**values).execution_options(synchronize_session=False)
    )
