"""When the log of a finished build has moved into the object store."""

import time

from bench.server import Server

SEAL_SECONDS = 30.0
LOOK_SECONDS = 0.02


def wait_until_sealed(server: Server, record_id: str) -> None:
    """Return when the sealed log is there and the live one gone. Raises TimeoutError."""
    limit = time.perf_counter() + SEAL_SECONDS
    index = f"{record_id}.index.json"
    while any((server.data / "logs").rglob(f"{record_id}*")) or not any(
        (server.data / "objects").rglob(index)
    ):
        if time.perf_counter() > limit:
            raise TimeoutError(f"the log was not sealed within {SEAL_SECONDS:.0f} s")
        time.sleep(LOOK_SECONDS)
