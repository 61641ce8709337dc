"""A small real SMTP server that keeps what it is given: plain, STARTTLS or TLS, with or without a login."""

import base64
import socketserver
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import msgspec

from tests.support.listening import listening


class Letter(msgspec.Struct):
    """A mail as it was handed in."""

    sender: str
    recipients: list[str]
    content: bytes
    encrypted: bool
    user: str

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)


class SmtpSink:
    """``refusals`` maps a verb (``RCPT``) to the reply that is given instead, once for each entry of its list."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.letters: list[Letter] = []
        self.refusals: dict[str, list[str]] = {}
        self.users: dict[str, str] = {}


@contextmanager
def smtp_sink(tls: ssl.SSLContext | None = None, *, implicit: bool = False) -> Generator[SmtpSink]:
    """Listen on a free loopback port while the block runs; with ``tls`` it offers STARTTLS, or is all TLS."""

    class Handler(socketserver.StreamRequestHandler):
        timeout = 20

        def handle(self) -> None:
            self.encrypted = False
            self.user = self.sender = ""
            self.recipients: list[str] = []
            try:
                if implicit:
                    self._encrypt()
                self._say("220 sink")
                while line := self.rfile.readline():
                    verb, _, rest = line.decode().strip().partition(" ")
                    if not self._answer(verb.upper(), rest):
                        return
            except OSError:
                return

        def _answer(self, verb: str, rest: str) -> bool:
            waiting = sink.refusals.get(verb)
            if waiting:
                self._say(waiting.pop(0))
                return True
            match verb:
                case "EHLO":
                    offers = ["sink", "8BITMIME", "AUTH PLAIN"]
                    offers += ["STARTTLS"] if tls and not self.encrypted else []
                    for offer in offers[:-1]:
                        self._say(f"250-{offer}")
                    self._say(f"250 {offers[-1]}")
                case "STARTTLS":
                    self._say("220 go on")
                    self._encrypt()
                case "AUTH":
                    _, user, password = base64.b64decode(rest.split()[1]).decode().split("\0")
                    known = sink.users.get(user) == password
                    self.user = user if known else ""
                    self._say("235 welcome" if known else "535 wrong name or password")
                case "MAIL":
                    self.sender = rest
                    self._say("250 ok")
                case "RCPT":
                    self.recipients.append(rest)
                    self._say("250 ok")
                case "DATA":
                    self._take()
                case "QUIT":
                    self._say("221 bye")
                    return False
                case _:
                    self._say("250 ok")
            return True

        def _take(self) -> None:
            self._say("354 go on")
            lines: list[bytes] = []
            while (line := self.rfile.readline()) not in {b".\r\n", b""}:
                lines.append(line[1:] if line.startswith(b"..") else line)
            letter = Letter(self.sender, self.recipients, b"".join(lines), self.encrypted, self.user)
            sink.letters.append(letter)
            self.recipients = []
            self._say("250 kept")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def _encrypt(self) -> None:
            assert tls is not None
            self.request = tls.wrap_socket(self.request, server_side=True)
            self.rfile.close()
            self.rfile = self.request.makefile("rb", -1)
            self.wfile = socketserver._SocketWriter(self.request)  # type: ignore[attr-defined]
            self.encrypted = True

        def finish(self) -> None:
            super().finish()
            self.request.close()

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
            return

    server = Server(("127.0.0.1", 0), Handler)
    sink = SmtpSink(server.server_address[1])
    with listening(server):
        yield sink
