"""The hosts' wall clock in the unit the tables use. Leases never use it: they end by the database's clock."""

import time


def epoch_ms() -> int:
    """Milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000
