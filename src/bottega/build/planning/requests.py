"""Requests for plans: put beside the run in one transaction, and shared among planners."""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bottega.build.planning.inputs import PlanInputs
from bottega.build.planning.tables import PlanRequest
from bottega.clock import epoch_ms
from bottega.runs.final import EndedRun
from bottega.runs.tables import Run
from bottega.scm.giturl import parse
from bottega.scm.urls import UrlRefused
from bottega.store.base import now_ms

MAX_PLACE = 255
BATCH = 20


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A request in the hands of a planner. Times are epoch milliseconds."""

    run_id: str
    tenant_id: str
    place: str
    inputs: PlanInputs
    created_at: int
    tries: int


def request(session: Session, run: Run, inputs: PlanInputs) -> None:
    """Have the run planned, which is held for it."""
    now = epoch_ms()
    # The request refers to the run.
    session.flush()
    session.add(
        PlanRequest(
            run_id=run.id,
            tenant_id=run.tenant_id,
            place=_place(inputs.url),
            inputs=msgspec.to_builtins(inputs),
            created_at=now,
            due_at=now,
        )
    )


def waiting(session: Session, now: int, without: Collection[str]) -> Sequence[tuple[str, str]]:
    """Ids and places of some requests that nobody has, the longest due first; none of the places ``without``."""
    query = (
        select(PlanRequest.run_id, PlanRequest.place)
        .where(
            PlanRequest.due_at <= now,
            PlanRequest.claimed_until < now_ms(),
            PlanRequest.place.not_in(without),
        )
        .order_by(PlanRequest.due_at, PlanRequest.run_id)
        .limit(BATCH)
    )
    return [(run_id, place) for run_id, place in session.execute(query)]


def claim(session: Session, run_id: str, planner: str, lease_ms: int) -> Claimed | None:
    """Take a request for ``lease_ms``; None when another planner was quicker."""
    row = session.scalars(
        update(PlanRequest)
        .where(PlanRequest.run_id == run_id, PlanRequest.claimed_until < now_ms())
        .values(claimed_by=planner, claimed_until=now_ms() + lease_ms, tries=PlanRequest.tries + 1)
        .returning(PlanRequest),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if row is None:
        return None
    return Claimed(
        run_id=row.run_id,
        tenant_id=row.tenant_id,
        place=row.place,
        inputs=msgspec.convert(row.inputs, PlanInputs),
        created_at=row.created_at,
        tries=row.tries,
    )


def keep(session: Session, run_id: str, planner: str, lease_ms: int) -> None:
    """The planner is still at it."""
    session.execute(
        update(PlanRequest)
        .where(PlanRequest.run_id == run_id, PlanRequest.claimed_by == planner)
        .values(claimed_until=now_ms() + lease_ms),
        execution_options={"synchronize_session": False},
    )


def put_back(session: Session, run_id: str, planner: str, due_at: int) -> None:
    """The planner could not do it now; anybody may try from ``due_at`` on."""
    session.execute(
        update(PlanRequest)
        .where(PlanRequest.run_id == run_id, PlanRequest.claimed_by == planner)
        .values(claimed_by="", claimed_until=0, due_at=due_at),
        execution_options={"synchronize_session": False},
    )


def forget(session: Session, run_id: str) -> None:
    """The run has its plan, or its end."""
    session.execute(delete(PlanRequest).where(PlanRequest.run_id == run_id))


def runs_ended(session: Session, ended: Sequence[EndedRun]) -> None:
    """Registered with the execution layer: what has ended is not planned any more."""
    session.execute(delete(PlanRequest).where(PlanRequest.run_id.in_([one.run_id for one in ended])))


def _place(url: str) -> str:
    try:
        return (parse(url).host or url)[:MAX_PLACE]
    except UrlRefused:
        return url[:MAX_PLACE]
