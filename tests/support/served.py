"""An ASGI app behind a real HTTP server on a free loopback port, in a thread of the test process."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import uvicorn

from bottega.http.protocol import LenientProtocol
from tests.support.waiting import eventually


@contextmanager
def served(app: Any) -> Generator[str]:
    """Serve ``app`` while the block runs; gives its base URL, such as ``http://127.0.0.1:43211``."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=2, http=LenientProtocol
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        eventually(lambda: server.started)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
