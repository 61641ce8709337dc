"""When a message that did not get through is tried again, and when it is given up."""

import random

MAX_TRIES = 10
FIRST_DELAY_MS = 10_000
MAX_DELAY_MS = 3_600_000
MAX_AGE_MS = 24 * 3_600_000
"""A message this old is given up whatever its tries: nobody wants yesterday's news from a robot that has come back."""
SPREAD = 0.2


def delay_ms(tries: int, *, after_ms: int = 0, chance: float | None = None) -> int:
    """Milliseconds until the try after ``tries`` failed ones: doubled each time, spread by a fifth either way.

    Never earlier than ``after_ms``, which the other side asked for, and never later than an hour. ``chance`` is
    between 0 and 1 and drawn at random unless it is given.
    """
    drawn = random.random() if chance is None else chance  # noqa: S311 - spreads load, protects nothing
    doubled = FIRST_DELAY_MS * 2 ** min(tries - 1, 20)
    spread = int(doubled * (1 - SPREAD + 2 * SPREAD * drawn))
    return min(MAX_DELAY_MS, max(spread, after_ms))


def is_over(tries: int, age_ms: int) -> bool:
    """Whether a message that failed ``tries`` times and was made ``age_ms`` ago is given up."""
    return tries >= MAX_TRIES or age_ms >= MAX_AGE_MS
