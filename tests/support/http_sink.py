"""A real HTTP server that remembers what it was asked and answers as it is told."""

import atexit
import json
import socket
import ssl
import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from tests.support.listening import listening

ROBOT_OK = b'{"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"}'


class Received(msgspec.Struct):
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}


class Reply(msgspec.Struct):
    """``hold`` keeps the request waiting for that event before it is answered."""

    status: int = 200
    body: bytes = ROBOT_OK
    headers: dict[str, str] = {}
    hold: threading.Event | None = None


class HttpSink:
    """``replies`` are used up one by one, then the default holds; ``received`` grows with each request."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.received: list[Received] = []
        self.replies: list[Reply] = []
        self.default = Reply()
        self._lock = threading.Lock()

    def url(self, path: str = "/hook", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def take(self, request: Received) -> Reply:
        with self._lock:
            self.received.append(request)
            return self.replies.pop(0) if self.replies else self.default


@contextmanager
def http_sink(tls: ssl.SSLContext | None = None) -> Generator[HttpSink]:
    """Listen on a free loopback port while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 20

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = sink.take(Received(self.path, headers, body))
            if reply.hold is not None:
                reply.hold.wait(20)
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def do_GET(self) -> None:
            self.do_POST()

        def handle(self) -> None:
            try:
                super().handle()
            except (OSError, ssl.SSLError):
                # The other side had enough; that is what some tests are about.
                return

        def log_message(self, format: str, *args: Any) -> None:  # noqa: ARG002
            return

    class Server(ThreadingHTTPServer):
        def get_request(self) -> tuple[Any, Any]:
            connection, address = super().get_request()
            if tls is None:
                return connection, address
            try:
                return tls.wrap_socket(connection, server_side=True), address
            except OSError:
                connection.close()
                raise

        def shutdown_request(self, request: Any) -> None:
            request.close()

    server = Server(("127.0.0.1", 0), Handler)
    sink = HttpSink(server.server_address[1])
    with listening(server):
        yield sink


@cache
def shared_sink() -> str:
    """URL of a receiver that takes everything, as long as this process lives."""
    stack = ExitStack()
    sink = stack.enter_context(http_sink())
    atexit.register(stack.close)
    return sink.url()


@contextmanager
def dripping_server() -> Generator[int]:
    """A server that sends a byte of its headers now and then, for ever; gives its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not ended.wait(0.05):
                    connection.sendall(b"x")
            except OSError:
                return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        ended.set()
        thread.join(5)
        listener.close()
