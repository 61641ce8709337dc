"""Transfers between a runner and the control plane, with the lease of the attempt as the only credential.

The standard library's client, for what every runner imports has to be light. Certificates are checked against the
system's authorities, redirects are not followed, proxies of the environment are not used.
"""

from __future__ import annotations

import time

from bottega.agent.runner.transfers import Download, Missing, TransferError, Transfers

TYPE_CHECKING = False
if TYPE_CHECKING:
    import http.client
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

RUN_HEADER = "X-Bottega-Run"
ATTEMPT_HEADER = "X-Bottega-Attempt"
LEASE_HEADER = "X-Bottega-Lease"

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 600.0
"""Of the control plane, which forces gigabytes to its disk before it answers."""
STALL_SECONDS = 60.0
"""In which nothing moves."""
PATIENCE_SECONDS = 120.0
"""How long a control plane that cannot be reached, or asks for patience, is tried again."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0
_LOOK_SECONDS = 0.2
_PIECE = 1 << 20
_LONGEST_ANSWER = 1 << 20
_OK, _REDIRECT, _DEFECT, _UNAVAILABLE, _NOT_THERE = 200, 300, 500, 503, (404, 422)


class Unreachable(Exception):
    """Worth another try; the message says what went wrong."""


class HttpTransfers(Transfers):
    """``look_up`` is called often while something moves, ``pause`` waits for so many seconds; either may raise to
    end it.
    """

    def __init__(
        self,
        url: str,
        *,
        run_id: str,
        attempt: int,
        lease_token: str,
        look_up: Callable[[], None],
        pause: Callable[[float], None],
    ) -> None:
        self._url = url.rstrip("/")
        self._headers = {RUN_HEADER: run_id, ATTEMPT_HEADER: str(attempt), LEASE_HEADER: lease_token}
        self._look_up = look_up
        self._pause = pause
        self._connection: http.client.HTTPConnection | None = None
        self._prefix = ""

    def upload(self, kind: str, details: Mapping[str, Any], descriptor: int, size: int) -> dict[str, Any]:
        return self._patiently(lambda: self._upload(kind, details, descriptor, size))

    def download(self, what: str, query: Mapping[str, str]) -> Download:
        return self._patiently(lambda: self._download(what, query))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _patiently(self, work: Callable[[], Any]) -> Any:
        until = time.monotonic() + PATIENCE_SECONDS
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return work()
            except Unreachable as error:
                self.close()
                if time.monotonic() > until:
                    raise TransferError(f"the server {self._url} cannot be used: {error}") from None
            except BaseException:
                # What is left of an answer must not be taken for the next one.
                self.close()
                raise
            self._pause(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _upload(self, kind: str, details: Mapping[str, Any], descriptor: int, size: int) -> dict[str, Any]:
        import hashlib  # noqa: PLC0415 - only runs that upload need these
        import json  # noqa: PLC0415
        import os  # noqa: PLC0415

        body = json.dumps({"kind": kind, "size": size, "details": dict(details)}).encode()
        self._begin("POST", "/agent/uploads", len(body), {"Content-Type": "application/json"})
        self._send(body)
        upload_id = self._json()["upload_id"]
        self._begin("PUT", f"/agent/uploads/{upload_id}", size, {"Content-Type": "application/octet-stream"})
        digest = hashlib.sha256()
        sent = 0
        while sent < size:
            self._look_up()
            piece = os.pread(descriptor, min(_PIECE, size - sent), sent)
            if not piece:
                raise TransferError("the file became shorter while it was read")
            digest.update(piece)
            try:
                self._send(piece)
            except Unreachable:
                # A refusal may have come before all was sent.
                self._json()
                raise
            sent += len(piece)
        result: dict[str, Any] = self._json()["result"]
        if result.get("sha256", digest.hexdigest()) != digest.hexdigest():
            raise TransferError("the server received other bytes than were sent")
        return result

    def _download(self, what: str, query: Mapping[str, str]) -> Download:
        from urllib.parse import urlencode  # noqa: PLC0415

        self._begin("GET", f"/agent/{what}?{urlencode(query)}", 0, {})
        response = self._response()
        size = int(response.headers.get("Content-Length") or -1)
        facts = {name.lower(): value for name, value in response.headers.items()}
        return Download(size, facts, self._pieces(response, size))

    def _pieces(self, response: http.client.HTTPResponse, size: int) -> Iterator[bytes]:
        import http.client  # noqa: PLC0415

        got = 0
        try:
            while True:
                self._look_up()
                piece = response.read(_PIECE)
                if not piece:
                    break
                got += len(piece)
                yield piece
        except (OSError, http.client.HTTPException) as error:
            raise TransferError(f"the download broke off after {got} bytes: {_reason(error)}") from None
        if size not in {-1, got}:
            raise TransferError(f"the download broke off after {got} of {size} bytes")

    def _begin(self, method: str, path: str, length: int, headers: Mapping[str, str]) -> None:
        import http.client  # noqa: PLC0415

        try:
            connection = self._connection or self._connect()
            self._connection = connection
            connection.putrequest(method, self._prefix + path, skip_accept_encoding=True)
            for name, value in {**self._headers, **headers}.items():
                connection.putheader(name, value)
            if method != "GET":
                connection.putheader("Content-Length", str(length))
            connection.endheaders()
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(_reason(error)) from None

    def _connect(self) -> http.client.HTTPConnection:
        import http.client  # noqa: PLC0415
        from urllib.parse import urlsplit  # noqa: PLC0415

        parts = urlsplit(self._url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=CONNECT_SECONDS)
        self._prefix = parts.path.rstrip("/")
        connection.connect()
        connection.sock.settimeout(_LOOK_SECONDS)
        return connection

    def _send(self, content: bytes) -> None:
        """Send all of it; a socket's own ``sendall`` could not be interrupted by an order to stop."""
        assert self._connection is not None  # noqa: S101 - _begin() came before
        sock = self._connection.sock
        view = memoryview(content)
        moved_at = time.monotonic()
        while view:
            try:
                sent = sock.send(view)
            except TimeoutError:
                self._look_up()
                if time.monotonic() - moved_at > STALL_SECONDS:
                    raise Unreachable(f"it took nothing for {STALL_SECONDS:g} seconds") from None
            except OSError as error:
                raise Unreachable(_reason(error)) from None
            else:
                view = view[sent:]
                moved_at = time.monotonic()

    def _response(self) -> http.client.HTTPResponse:
        """A good answer, whose body is still to be read. Raises TransferError, Missing, Unreachable."""
        import http.client  # noqa: PLC0415
        import select  # noqa: PLC0415

        assert self._connection is not None  # noqa: S101 - _begin() came before
        sock = self._connection.sock
        until = time.monotonic() + ANSWER_SECONDS
        while not select.select([sock], [], [], _LOOK_SECONDS)[0]:
            self._look_up()
            if time.monotonic() > until:
                raise Unreachable(f"it gave no answer within {ANSWER_SECONDS:g} seconds")
        try:
            # The answer comes in one piece once it has begun.
            sock.settimeout(STALL_SECONDS)
            response = self._connection.getresponse()
            sock.settimeout(STALL_SECONDS if response.status == _OK else _LOOK_SECONDS)
            if response.status == _OK:
                return response
            said = _said(response.read(_LONGEST_ANSWER))
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(_reason(error)) from None
        if response.status == _UNAVAILABLE:
            raise Unreachable(said)
        if _REDIRECT <= response.status < _REDIRECT + 100:
            raise TransferError(f"{self._url} answered {response.status}: redirects are not followed")
        if response.status >= _DEFECT:
            raise Unreachable(f"it answered {response.status}")
        raise (Missing if response.status in _NOT_THERE else TransferError)(said)

    def _json(self) -> dict[str, Any]:
        import http.client  # noqa: PLC0415
        import json  # noqa: PLC0415

        response = self._response()
        try:
            found: dict[str, Any] = json.loads(response.read(_LONGEST_ANSWER))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreachable(_reason(error)) from None
        if self._connection is not None and self._connection.sock is not None:
            self._connection.sock.settimeout(_LOOK_SECONDS)
        return found


def _said(body: bytes) -> str:
    import json  # noqa: PLC0415

    try:
        return str(json.loads(body)["error_msg"])
    except (ValueError, KeyError, TypeError):
        return "it answered with something else than a build server does"


def _reason(error: Exception) -> str:
    strerror = getattr(error, "strerror", None)
    return str(strerror or f"the connection broke ({type(error).__name__})")
