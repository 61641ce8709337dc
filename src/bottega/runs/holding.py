"""Whether somebody holds the lease of a run at this moment: asked before anybody is believed to work on it."""

import hmac
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.runs.states import ACTIVE
from bottega.runs.tables import Run
from bottega.store.base import now_ms


class Holding(Protocol):
    """What a holder says of itself."""

    @property
    def run_id(self) -> str: ...

    @property
    def attempt(self) -> int: ...

    @property
    def lease_token(self) -> str: ...


def held(session: Session, holding: Holding, *, lock: bool = False) -> Run | None:
    """The run whose lease this is, by the database's clock; None for a lease that is over, or never was.

    ``lock`` keeps the lease from ending otherwise before the transaction does.
    """
    query = select(Run).where(
        Run.id == holding.run_id,
        Run.attempt == holding.attempt,
        Run.state.in_(ACTIVE),
        Run.lease_expires_at > now_ms(),
    )
    run = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if run is None or not hmac.compare_digest((run.lease_token or "").encode(), holding.lease_token.encode()):
        return None
    return run
