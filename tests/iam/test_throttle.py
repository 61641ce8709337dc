"""Slowing down password guessing, with a clock of the test's own."""

import pytest

from bottega.iam import throttle
from bottega.iam.errors import TooManyAttempts
from bottega.iam.throttle import FREE_ATTEMPTS_PER_ADDRESS, FREE_ATTEMPTS_PER_USER, Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def waits(limiter: Throttle, user: str = "ann", address: str = "a") -> int:
    try:
        limiter.attempt(user, address)
    except TooManyAttempts as error:
        return error.retry_after
    return 0


def test_waits_double_up_to_a_minute_and_end() -> None:
    clock = Clock()
    limiter = Throttle(clock)
    for _ in range(FREE_ATTEMPTS_PER_USER):
        assert waits(limiter) == 0
    seen: list[int] = []
    for _ in range(8):
        seen.append(waits(limiter))
        clock.now += seen[-1]
        assert waits(limiter) == 0
    assert seen == [2, 3, 5, 9, 17, 33, 61, 61]
    clock.now += throttle.FORGET_AFTER_SECONDS + 1
    assert [waits(limiter) for _ in range(FREE_ATTEMPTS_PER_USER)] == [0] * FREE_ATTEMPTS_PER_USER


def test_refused_attempts_do_not_lengthen_the_wait() -> None:
    clock = Clock()
    limiter = Throttle(clock)
    for _ in range(FREE_ATTEMPTS_PER_USER):
        waits(limiter)
    assert {waits(limiter) for _ in range(50)} == {2}


def test_success_forgets_the_users_failures_but_not_the_addresss() -> None:
    limiter = Throttle(Clock())
    for index in range(FREE_ATTEMPTS_PER_ADDRESS - 1):
        assert waits(limiter, f"user{index}") == 0
    for _ in range(20):
        assert waits(limiter, "ann") == 0
        limiter.succeeded("ann", "a")
    assert waits(limiter, "bob") == 0
    assert waits(limiter, "cid") > 0
    assert waits(limiter, "cid", "elsewhere") == 0


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "MAX_REMEMBERED", 10)
    limiter = Throttle(Clock())
    for index in range(100):
        waits(limiter, f"user{index}", f"address{index}")
    assert len(limiter) == 10
