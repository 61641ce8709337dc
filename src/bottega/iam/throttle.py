"""Slowing down those who guess passwords.

Every attempt counts as failed until it succeeds, so that guesses sent side by side are counted too. After a few free
ones each further failure doubles the wait, up to a minute: long enough to make guessing hopeless, short enough that
nobody can lock a user out for good. Counted in this process's memory, per user and per address; behind several replicas
each counts for itself.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from bottega.iam.errors import TooManyAttempts

FREE_ATTEMPTS_PER_USER = 5
FREE_ATTEMPTS_PER_ADDRESS = 30
LONGEST_WAIT_SECONDS = 60.0
FORGET_AFTER_SECONDS = 15 * 60.0
MAX_REMEMBERED = 10_000


class _Failures(msgspec.Struct):
    count: int = 0
    last: float = 0.0


class Throttle:
    """Call :meth:`attempt` before checking a password and :meth:`succeeded` when it was right."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[tuple[str, str], _Failures] = OrderedDict()

    def attempt(self, user: str, address: str) -> None:
        """Count an attempt. Raises :class:`TooManyAttempts` (and does not count it) when it comes too soon."""
        now = self._clock()
        limits = ((("user", user), FREE_ATTEMPTS_PER_USER), (("address", address), FREE_ATTEMPTS_PER_ADDRESS))
        with self._lock:
            wait = max(self._wait(key, free, now) for key, free in limits)
            if wait > 0:
                raise TooManyAttempts(int(wait) + 1)
            for key, _ in limits:
                failures = self._failures.setdefault(key, _Failures())
                failures.count += 1
                failures.last = now
                self._failures.move_to_end(key)
            while len(self._failures) > MAX_REMEMBERED:
                self._failures.popitem(last=False)

    def succeeded(self, user: str, address: str) -> None:
        """Forget the user's failures, and this attempt of the address (not its other failures)."""
        with self._lock:
            self._failures.pop(("user", user), None)
            failures = self._failures.get(("address", address))
            if failures is not None:
                failures.count = max(0, failures.count - 1)

    def __len__(self) -> int:
        """How many users and addresses are remembered."""
        return len(self._failures)

    def _wait(self, key: tuple[str, str], free: int, now: float) -> float:
        failures = self._failures.get(key)
        if failures is None:
            return 0.0
        if now - failures.last > FORGET_AFTER_SECONDS:
            del self._failures[key]
            return 0.0
        beyond = failures.count - free
        if beyond < 0:
            return 0.0
        return failures.last + min(LONGEST_WAIT_SECONDS, 2.0 ** min(beyond, 10)) - now
