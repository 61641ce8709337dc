"""A gate between an agent and its broker: what goes through can be held up, cut off, or partly lost."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

CHUNK = 65536


class Gate:
    """A TCP proxy on loopback; ``port`` leads to ``target``. Open at first."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._flowing = threading.Event()
        self._flowing.set()
        self._refusing = False
        self._closed = False
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._lost: Callable[[str], bool] = lambda _subject: False
        self.lost = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def open(self) -> None:
        """Everything gets through, what was held up first."""
        self._refusing = False
        self._flowing.set()

    def freeze(self) -> None:
        """Nothing gets through, and neither side notices: a network that swallows packets."""
        self._flowing.clear()

    def cut(self) -> None:
        """Connections break, and new ones break at once."""
        self._refusing = True
        self._hang_up()

    def lose(self, lost: Callable[[str], bool]) -> None:
        """Messages to the client on subjects for which this is true are lost from now on; :attr:`lost` counts them."""
        self._lost = lost

    def close(self) -> None:
        self._closed = True
        self._flowing.set()
        self._listener.close()
        self._hang_up()

    def _hang_up(self) -> None:
        with self._lock:
            for one in self._sockets:
                _end(one)
            self._sockets.clear()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            if self._refusing:
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            with self._lock:
                self._sockets |= {client, server}
            for source, sink, keep in ((client, server, bytes), (server, client, self._without_lost())):
                threading.Thread(target=self._pump, args=(source, sink, keep), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, keep: Callable[[bytes], bytes]) -> None:
        try:
            while piece := source.recv(CHUNK):
                self._flowing.wait()
                sink.sendall(keep(piece))
        except OSError:
            pass
        finally:
            for one in (source, sink):
                _end(one)
                one.close()
            with self._lock:
                self._sockets -= {source, sink}

    def _without_lost(self) -> Callable[[bytes], bytes]:
        """A filter of what the broker says: ``MSG`` and ``HMSG`` lines are followed by as many bytes as they tell."""
        pending = bytearray()

        def keep(piece: bytes) -> bytes:
            pending.extend(piece)
            kept = bytearray()
            while (end := pending.find(b"\r\n")) >= 0:
                words = bytes(pending[:end]).split()
                size = end + 2
                if words and words[0] in {b"MSG", b"HMSG"}:
                    size += int(words[-1]) + 2
                if len(pending) < size:
                    break
                if size > end + 2 and self._lost(words[1].decode()):
                    self.lost += 1
                else:
                    kept += pending[:size]
                del pending[:size]
            return bytes(kept)

        return keep


def _end(one: socket.socket) -> None:
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


@pytest.fixture(scope="session")
def make_gate() -> Iterator[Callable[[int], Gate]]:
    made: list[Gate] = []

    def make(target: int) -> Gate:
        gate = Gate(target)
        made.append(gate)
        return gate

    yield make
    for gate in made:
        gate.close()
