"""The hosts' wall clock in the unit the tables use. Leases never use it: they end by the database's clock."""

import time
from datetime import UTC, datetime


def epoch_ms() -> int:
    """Milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


def zulu(ms: int, *, timespec: str = "milliseconds") -> str:
    """``2026-01-31T12:00:00.000Z``; with the ``timespec`` "seconds" without what is below them."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
