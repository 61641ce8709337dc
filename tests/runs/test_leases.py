"""Leases and what becomes of runs that lose theirs."""

import pytest
from sqlalchemy import update

from bottega.clock import epoch_ms
from bottega.runs import leases
from bottega.runs.leases import OVERDUE_MARGIN_MS, OVERDUE_REASON
from bottega.runs.messages import Holding
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from tests.runs.conftest import Layer
from tests.support.runs import new_run, offer, submit


def holding(claimed: object, token: str | None = None) -> Holding:
    return Holding(
        run_id=claimed.run_id,  # pyright: ignore
        attempt=claimed.attempt,  # pyright: ignore
        lease_token=token or claimed.lease_token,  # pyright: ignore
    )


def test_a_live_lease_is_extended_and_a_stop_is_told_with_it(layer: Layer, agent_id: str) -> None:
    submit(layer.runs, layer.database, new_run(layer.caller))
    claimed = layer.claim(agent_id)
    before = layer.row(claimed.run_id).lease_expires_at or 0
    (renewal,) = layer.leases.renew(agent_id, offer(), [holding(claimed)]) or []
    assert (renewal.held, renewal.stop) == (True, False)
    assert (layer.row(claimed.run_id).lease_expires_at or 0) >= before
    layer.runs.stop(layer.caller.tenant_id, claimed.run_id, "admin")
    (renewal,) = layer.leases.renew(agent_id, offer(), [holding(claimed)]) or []
    assert (renewal.held, renewal.stop) == (True, True)


def test_a_lease_that_ended_is_never_renewed(layer: Layer, agent_id: str) -> None:
    submit(layer.runs, layer.database, new_run(layer.caller))
    claimed = layer.claim(agent_id)
    layer.end_lease(claimed.run_id)
    (renewal,) = layer.leases.renew(agent_id, offer(), [holding(claimed)]) or []
    assert not renewal.held


def test_the_lease_of_a_run_that_has_ended_is_not_renewed(layer: Layer, agent_id: str) -> None:
    submit(layer.runs, layer.database, new_run(layer.caller))
    claimed = layer.claim(agent_id)
    with layer.database.write() as session:
        session.execute(update(Run).where(Run.id == claimed.run_id).values(state=RunState.SUCCESS))
    (renewal,) = layer.leases.renew(agent_id, offer(), [holding(claimed)]) or []
    assert not renewal.held


def test_a_wrong_token_or_another_agent_renews_nothing(layer: Layer, agent_id: str) -> None:
    other = layer.agents.enrol("two", "default", "nats://localhost").agent_id
    submit(layer.runs, layer.database, new_run(layer.caller))
    claimed = layer.claim(agent_id)
    for who, token in ((agent_id, "f" * 32), (other, claimed.lease_token)):
        (renewal,) = layer.leases.renew(who, offer(), [holding(claimed, token)]) or []
        assert not renewal.held


def test_a_run_whose_lease_ended_is_queued_again_and_lost_after_the_last_attempt(
    layer: Layer, agent_id: str
) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller))
    hints: list[tuple[str, str]] = []
    layer.runs.hints.work = lambda pool, arch: hints.append((pool, arch))
    for attempt in range(1, layer.settings.runs.max_attempts + 1):
        assert layer.claim(agent_id).attempt == attempt
        assert layer.leases.reap() == []
        layer.end_lease(run.id)
        assert layer.leases.reap() == [run.id]
        assert layer.row(run.id).lease_token is None
    row = layer.row(run.id)
    assert row.state == RunState.LOST
    assert row.finished_at is not None
    assert hints == [("default", "x86-64")] * (layer.settings.runs.max_attempts - 1)


def test_a_lease_that_has_just_ended_is_left_to_its_runner_for_a_moment(
    layer: Layer, agent_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller))
    layer.claim(agent_id)
    with layer.database.write() as session:
        session.execute(
            update(Run)
            .where(Run.id == run.id)
            .values(lease_expires_at=epoch_ms() - leases.LEASE_GRACE_MS - 1000)
        )
    monkeypatch.setattr(leases, "LEASE_GRACE_MS", 10 * 60_000)
    assert layer.leases.reap() == []
    monkeypatch.undo()
    assert layer.leases.reap() == [run.id]


def test_a_stopping_run_whose_lease_ended_is_aborted(layer: Layer, agent_id: str) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller))
    layer.claim(agent_id)
    layer.runs.stop(layer.caller.tenant_id, run.id, "admin")
    layer.end_lease(run.id)
    layer.leases.reap()
    assert layer.row(run.id).state == RunState.ABORTED


def test_a_queued_run_is_stopped_at_once(layer: Layer, agent_id: str) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller))
    assert layer.runs.stop(layer.caller.tenant_id, run.id, "admin") == RunState.ABORTED
    assert layer.claims.claim(agent_id, offer()).run is None


def began_ago(layer: Layer, run_id: str, ms: float) -> None:
    """As if so much time had passed since the run was claimed."""
    with layer.database.write() as session:
        session.execute(update(Run).where(Run.id == run_id).values(started_at=epoch_ms() - int(ms)))


def test_an_agent_cannot_keep_a_run_far_beyond_its_limit(layer: Layer, agent_id: str) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller))
    claimed = layer.claim(agent_id)
    # The limit of new_run is a minute; the runner has the grace of a stop to end what it runs.
    last = 60_000 + layer.settings.runs.stop_grace_seconds * 1000 + OVERDUE_MARGIN_MS
    began_ago(layer, run.id, last - 30_000)
    (renewal,) = layer.leases.renew(agent_id, offer(), [holding(claimed)]) or []
    assert renewal.held
    began_ago(layer, run.id, last + 1)
    expires = layer.row(run.id).lease_expires_at
    (renewal,) = layer.leases.renew(agent_id, offer(), [holding(claimed)]) or []
    assert not renewal.held
    assert layer.row(run.id).lease_expires_at == expires
    # Its runner may live until the lease is over, and so the run is not ended earlier.
    assert layer.leases.reap() == []
    layer.end_lease(run.id)
    assert layer.leases.reap() == [run.id]
    row = layer.row(run.id)
    assert (row.state, row.reason, row.lease_token) == (RunState.TIMEOUT, OVERDUE_REASON, None)
    assert row.finished_at is not None


def test_a_stop_that_never_ends_is_no_way_to_keep_a_run_either(layer: Layer, agent_id: str) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller))
    claimed = layer.claim(agent_id)
    layer.runs.stop(layer.caller.tenant_id, run.id, "admin")
    began_ago(layer, run.id, 24 * 3600 * 1000)
    (renewal,) = layer.leases.renew(agent_id, offer(), [holding(claimed)]) or []
    assert not renewal.held
    layer.end_lease(run.id)
    layer.leases.reap()
    assert layer.row(run.id).state == RunState.ABORTED
