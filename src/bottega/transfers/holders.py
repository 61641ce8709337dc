"""Believing who shows a lease, or refusing."""

from sqlalchemy.orm import Session

from bottega.runs.holding import Holding, held
from bottega.runs.tables import Run
from bottega.transfers.errors import LeaseRefused


def held_run(session: Session, holding: Holding, *, lock: bool = False) -> Run:
    """The run whose lease this is; ``lock`` as in :func:`held`. Raises :class:`LeaseRefused`."""
    run = held(session, holding, lock=lock)
    if run is None:
        raise LeaseRefused
    return run
