"""Requests to end, at bad moments."""

import signal
from collections.abc import Iterator

import pytest

from bottega.demo.interruption import SIGNALS, Interrupted, Interruptions


@pytest.fixture
def interruptions() -> Iterator[Interruptions]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    interruptions = Interruptions()
    interruptions.install()
    yield interruptions
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_first_request_ends_what_is_being_done_and_the_next_are_only_counted(
    interruptions: Interruptions,
) -> None:
    with pytest.raises(Interrupted):
        signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGINT)
    assert interruptions.count == 2
    assert interruptions.signal == signal.SIGTERM


def test_a_request_is_held_back_until_a_block_is_complete(interruptions: Interruptions) -> None:
    completed = False
    with pytest.raises(Interrupted), interruptions.held():
        signal.raise_signal(signal.SIGINT)
        completed = True
    assert completed


def test_a_request_while_cleaning_up_raises_nothing(interruptions: Interruptions) -> None:
    interruptions.close()
    signal.raise_signal(signal.SIGINT)
    assert interruptions.count == 1
