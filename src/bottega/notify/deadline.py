"""An end to conversations that a timeout of each read would never end."""

import contextlib
import socket
import threading


class Deadline:
    """A context in which a connection lives at most ``seconds``; afterwards ``passed`` tells whether that ended it."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self.passed = False
        # A descriptor of our own: TLS takes the other one over, and it may be closed meanwhile.
        self._guard = connection.dup()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> "Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()
        self._guard.close()

    def _end(self) -> None:
        self.passed = True
        with contextlib.suppress(OSError):
            self._guard.shutdown(socket.SHUT_RDWR)
