"""Posting to a URL that users chose: one checked connection, no redirects, bounded in time and size."""

import http.client
import socket
import ssl
from contextlib import closing
from urllib.parse import SplitResult, urlsplit

import msgspec

from bottega import __version__
from bottega.notify.deadline import Deadline
from bottega.notify.outcome import NotSent, unreachable
from bottega.notify.reach import Reach, Resolved
from bottega.texts import one_line

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
ADDRESSES_TRIED = 3
ANSWER_BYTES = 64 * 1024
REASON_CHARACTERS = 300

COMMON_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Accept": "application/json",
    "User-Agent": f"Bottega/{__version__}",
}

_GOOD = range(200, 300)
_REDIRECTS = range(300, 400)
_REFUSALS = range(400, 500)
_SLOW_DOWN = frozenset({408, 425, 429})


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A request: ``body`` is JSON, ``headers`` come on top of the common ones.

    ``method`` is another one where something is asked or changed. Of the answer ``answer_bytes`` are read at most.
    """

    url: str
    body: bytes
    headers: dict[str, str] = {}
    method: str = "POST"
    answer_bytes: int = ANSWER_BYTES


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back with a 2xx status; of a long body only the beginning."""

    status: int
    body: bytes


class Outgoing:
    """Posts, from any thread. Proxies of the environment are not used: they would hide where a request ends."""

    def __init__(self, reach: Reach, tls: ssl.SSLContext, total_seconds: float = TOTAL_SECONDS) -> None:
        self.reach = reach
        self._tls = tls
        self._total_seconds = total_seconds

    def post(self, post: Post) -> Answer:
        """Send once and return the answer. Raises :class:`NotSent` unless it has a 2xx status."""
        parts = urlsplit(post.url)
        host = parts.hostname or ""
        addresses = self.reach.resolve(host, _port(parts))
        try:
            raw = _connect(addresses)
        except OSError as error:
            raise unreachable(f"{host}: {_reason(error)}") from None
        late = unreachable(f"{host} gave no whole answer within {self._total_seconds:g} seconds")
        with Deadline(raw, self._total_seconds) as deadline:
            try:
                answer = self._converse(post, parts, raw)
            except TimeoutError:
                raise late from None
            except (OSError, http.client.HTTPException) as error:
                raise late if deadline.passed else unreachable(f"{host}: {_reason(error)}") from None
        if deadline.passed:
            # Headers that were cut off look like their end to the library.
            raise late
        return answer

    def _converse(self, post: Post, parts: SplitResult, raw: socket.socket) -> Answer:
        host = parts.hostname or ""
        raw.settimeout(self._total_seconds)
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(host, _port(parts), context=self._tls)
        else:
            connection = http.client.HTTPConnection(host, _port(parts))
        with closing(raw), closing(connection):
            # The connection is made already: the library would look the name up a second time.
            connection.sock = (
                self._tls.wrap_socket(raw, server_hostname=host) if parts.scheme == "https" else raw
            )
            where = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(post.method, where, post.body or None, {**COMMON_HEADERS, **post.headers})
            return _checked(host, connection.getresponse(), post.answer_bytes)


def tls_context(ca_file: str = "") -> ssl.SSLContext:
    """Certificates are checked against the system's authorities and those of the file. Raises ``OSError``."""
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def excerpt(body: bytes) -> str:
    """The beginning of what the other side said, on one line and without control characters."""
    return one_line(body[: 4 * REASON_CHARACTERS].decode("utf-8", "replace"), REASON_CHARACTERS)


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _connect(addresses: list[Resolved]) -> socket.socket:
    failure = OSError("no address")
    for family, address in addresses[:ADDRESSES_TRIED]:
        raw = socket.socket(family, socket.SOCK_STREAM)
        raw.settimeout(CONNECT_SECONDS)
        try:
            raw.connect(address)
        except OSError as error:
            raw.close()
            failure = error
        else:
            return raw
    raise failure


def _checked(host: str, response: http.client.HTTPResponse, most: int) -> Answer:
    body = response.read(most)
    status = response.status
    if status in _GOOD:
        return Answer(status=status, body=body)
    said = f": {excerpt(body)}" if body else ""
    if status in _REDIRECTS:
        raise NotSent(f"{host} answered {status}; redirects are not followed", status=status)
    if status in _REFUSALS and status not in _SLOW_DOWN:
        raise NotSent(f"{host} answered {status}{said}", status=status)
    after = response.headers.get("Retry-After", "")
    seconds = float(after) if after.isascii() and after.isdigit() else None
    raise unreachable(f"{host} answered {status}{said}", status=status, after=seconds)


def _reason(error: Exception) -> str:
    """What went wrong in words; never a URL, which HTTP errors of the library may quote."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason}"
    if isinstance(error, TimeoutError):
        return "no connection in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"the connection broke ({type(error).__name__})"
