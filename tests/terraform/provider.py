"""Calls as the Terraform provider makes them: byte for byte its request lines, signed as its library signs.

Its library is written in Go: it signs the headers that are set before signing, which are neither ``Host`` nor
``X-Project-Id``, sends a content type with bodies only, and does not escape what it pastes into a query.
"""

import http.client
import json
import socket
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from bottega.iam.tenants import Credentials
from tests.support.signing import sign

SECONDS = 20.0
OK = {"GET": {200}, "POST": {200, 201, 202}, "PUT": {200, 201, 202}, "DELETE": {200, 202, 204}}
GONE = (422, "DEVCB.00031006")


class Answer(msgspec.Struct, frozen=True):
    """Status, media type and bytes of an answer."""

    status: int
    media_type: str
    content: bytes

    @property
    def document(self) -> Any:
        """The body, which has to be JSON."""
        assert self.media_type.startswith("application/json"), self
        return json.loads(self.content)


class Provider:
    """The provider with an access key."""

    def __init__(self, url: str, who: Credentials) -> None:
        self._url = url
        self._who = who

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """A call that has to succeed, also by its body; what it answers."""
        answer = self.send(method, path, body)
        assert answer.status in OK[method], answer
        document = answer.document
        assert "error_code" not in document, document
        return document

    def is_gone(self, method: str, path: str) -> bool:
        """Whether the answer makes Terraform drop the resource from its state."""
        answer = self.send(method, path)
        return (answer.status, answer.document.get("error_code")) == GONE

    def send(self, method: str, path: str, body: Any = None) -> Answer:
        """Whatever comes back."""
        content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        headers = {
            "Accept": "application/json",
            "User-Agent": "huaweicloud-golang terraform-provider-huaweicloud",
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        signed = self._signed(method, path, content, headers)
        lines = {
            "Host": urlsplit(self._url).netloc,
            **{name: signed.headers[name] for name in (*headers, "X-Sdk-Date", "Authorization")},
            "X-Project-Id": self._who.iam_project_id,
            "Accept-Encoding": "gzip",
        }
        if content:
            lines["Content-Length"] = str(len(content))
        head = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items()), "", ""]
        return self._exchange("\r\n".join(head).encode() + content)

    def _signed(self, method: str, path: str, content: bytes, headers: dict[str, str]) -> httpx.Request:
        url = self._url + quote(path, safe="/?=&%")
        request = httpx.Request(method, url, headers=headers, content=content)
        names = [name.lower() for name in (*headers, "X-Sdk-Date")]
        return sign(request, self._who, only=sorted(names))

    def _exchange(self, request: bytes) -> Answer:
        address = urlsplit(self._url)
        with socket.create_connection((address.hostname, address.port), SECONDS) as connection:
            connection.sendall(request)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            content = answer.read()
            if answer.getheader("Content-Encoding") == "gzip":
                content = httpx.Response(
                    200, headers={"Content-Encoding": "gzip"}, stream=_Bytes(content)
                ).read()
            return Answer(answer.status, answer.getheader("Content-Type", ""), content)


class _Bytes(httpx.SyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = BytesIO(content)

    def __iter__(self) -> Any:
        return iter(self._content.read, b"")
