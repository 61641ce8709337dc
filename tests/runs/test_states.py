"""The state machine, exhaustively."""

from itertools import product

from bottega.runs.states import ACTIVE, FINAL, TRANSITIONS, RunState, sources_of


def test_every_state_says_where_it_leads() -> None:
    assert set(TRANSITIONS) == set(RunState)


def test_a_final_state_leads_nowhere_and_every_other_state_leads_on() -> None:
    for state in RunState:
        assert (not TRANSITIONS[state]) == (state in FINAL)


def test_a_state_is_queued_active_or_final_and_never_two_of_them() -> None:
    assert ACTIVE | FINAL | {RunState.QUEUED} == set(RunState)
    assert not ACTIVE & FINAL
    assert RunState.QUEUED not in ACTIVE | FINAL


def test_every_final_state_can_be_reached_from_queued() -> None:
    reached = {RunState.QUEUED}
    while more := {target for state in reached for target in TRANSITIONS[state]} - reached:
        reached |= more
    assert reached == set(RunState)


def test_a_stop_never_leads_back_to_running() -> None:
    assert not TRANSITIONS[RunState.STOPPING] & {RunState.RUNNING, RunState.QUEUED, RunState.LOST}


def test_sources_and_targets_tell_the_same() -> None:
    for source, target in product(RunState, RunState):
        assert (source in sources_of(target)) == (target in TRANSITIONS[source])
