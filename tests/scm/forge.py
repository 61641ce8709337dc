"""A forge on loopback: git's own http-backend behind basic authentication, or plain files ("dumb" http)."""

import base64
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from tests.scm.origins import GIT_ENV
from tests.support.listening import listening


class Forge(ThreadingHTTPServer):
    """Serves the repositories below ``root``; notes the requests' lines and credentials."""

    def __init__(
        self, root: Path, *, user: str = "", password: str = "", redirect: str = "", dumb: bool = False
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.expected = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode() if user else ""
        self.redirect = redirect
        self.dumb = dumb
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Forge  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _answer(self) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        if self.server.redirect:
            self.send_response(302)
            self.send_header("Location", self.server.redirect + self.path)
            self.end_headers()
        elif self.server.expected and self.headers.get("Authorization") != self.server.expected:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="forge"')
            self.end_headers()
        elif self.server.dumb:
            self._send_file()
        else:
            self._run_backend()

    def _send_file(self) -> None:
        path = self.server.root / urlsplit(self.path).path.lstrip("/")
        self.send_response(200 if path.is_file() else 404)
        self.end_headers()
        if path.is_file():
            self.wfile.write(path.read_bytes())

    def _run_backend(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        env = {
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type") or "",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol") or "",
        }
        done = subprocess.run(["git", "http-backend"], env=env, input=body, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode().split("\r\n")]
        status = next((int(value[:3]) for name, value in headers if name == "Status"), 200)
        self.send_response(status)
        for name, value in headers:
            if name != "Status":
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving(root: Path, **fields: str | bool) -> Generator[Forge]:
    """A running forge."""
    forge = Forge(root, **fields)  # pyright: ignore[reportArgumentType]
    with listening(forge):
        yield forge


def publish(origin: Path, bare: Path) -> None:
    """A bare copy that can also be read as plain files."""
    subprocess.run(["git", "clone", "--quiet", "--bare", str(origin), str(bare)], env=GIT_ENV, check=True)
    subprocess.run(["git", f"--git-dir={bare}", "update-server-info"], env=GIT_ENV, check=True)
