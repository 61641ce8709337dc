"""How Code Check writes times."""

from datetime import UTC, datetime


def moment(ms: int) -> str:
    """``2025-07-21T03:38:53Z`` of epoch milliseconds."""
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
