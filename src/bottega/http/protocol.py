"""Request lines as some clients write them: with spaces and letters of other scripts where escapes belong."""

import re

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_UNESCAPED = re.compile(rb"[ \x80-\xff]")
_VERSIONS = (b"HTTP/1.1", b"HTTP/1.0")
_LONGEST_LINE = 32_768


def escaped(data: bytes) -> bytes:
    """The beginning of a request with all of its URL escaped; anything else comes back as it is.

    The Terraform provider writes ``&from_date=2025-01-01 00:00:00`` and names of branches as they are, and the cloud's
    gateway understands it. Of the request line only what lies between the method and the last ``HTTP/1.x`` is touched,
    so that nobody can read its end at another place than before.
    """
    line, end, rest = data.partition(b"\r\n")
    method, _, behind = line.partition(b" ")
    target, _, version = behind.rpartition(b" ")
    if not end or version not in _VERSIONS or not method.isalpha() or not method.isupper():
        return data
    if len(line) > _LONGEST_LINE or not _UNESCAPED.search(target):
        return data
    return b"%b %b %b\r\n%b" % (method, _UNESCAPED.sub(_escape, target), version, rest)


def _escape(found: re.Match[bytes]) -> bytes:
    return b"%%%02X" % found[0][0]


class LenientProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, which would refuse such a line."""

    _inside = False

    def data_received(self, data: bytes) -> None:
        # A request line that comes in pieces is left alone: they are longer than what a client sends at once.
        super().data_received(data if self._inside else escaped(data))

    def on_message_begin(self) -> None:
        self._inside = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._inside = False
        super().on_message_complete()
