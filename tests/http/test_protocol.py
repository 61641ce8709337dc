"""Request lines that are not escaped are understood, and nothing else of a request is touched."""

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bottega.http.protocol import escaped
from tests.support.served import served

SECONDS = 20.0


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the query and the body it has got."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message.get("more_body", False)
    told = scope["query_string"] + b"|" + body + b";"
    headers = [(b"content-length", str(len(told)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": told})


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served(echo) as url:
        yield url


def exchange(url: str, *pieces: bytes) -> bytes:
    """Send the pieces one after the other; all that comes back until the server ends."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), SECONDS) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answer = b""
        for piece in pieces:
            connection.sendall(piece)
            answer += connection.recv(65536)
        connection.shutdown(socket.SHUT_WR)
        while more := connection.recv(65536):
            answer += more
        return answer


def request(line: bytes, body: bytes = b"", end: bytes = b"") -> bytes:
    return line + b"\r\nHost: a\r\nContent-Length: %d\r\n%s\r\n" % (len(body), end) + body


CLOSE = b"Connection: close\r\n"


def test_spaces_and_letters_of_other_scripts_reach_the_server_escaped(url: str) -> None:
    line = "GET /v1?from=2025-01-01 00:00:00&branch=分支&x=%20+ HTTP/1.1".encode()
    answer = exchange(url, request(line, end=CLOSE))
    assert b"from=2025-01-01%2000:00:00&branch=%E5%88%86%E6%94%AF&x=%20+|;" in answer


def test_every_request_of_a_connection_is_understood(url: str) -> None:
    line = b"POST /v1?a=b c HTTP/1.1"
    answer = exchange(url, request(line, b"first"), request(line, b"second"), request(line, b"", CLOSE))
    for body in (b"first", b"second", b""):
        assert b"a=b%20c|" + body + b";" in answer


def test_a_body_that_looks_like_a_request_stays_as_it_is(url: str) -> None:
    body = b"GET /other path HTTP/1.1\r\n\r\n"
    head = request(b"POST /v1 HTTP/1.1", body, CLOSE)[: -len(body)]
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), SECONDS) as connection:
        connection.sendall(head.replace(CLOSE, CLOSE + b"Expect: 100-continue\r\n"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        answer = b""
        while more := connection.recv(65536):
            answer += more
    assert b"|" + body + b";" in answer


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /a b HTTP/2.0\r\n\r\n",
        b"GET  HTTP/1.1\r\n\r\n",
        b"get /a b HTTP/1.1\r\n\r\n",
        b"GET /a\x01 b HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_request_is_still_refused(url: str, sent: bytes) -> None:
    assert exchange(url, sent).startswith(b"HTTP/1.1 400 ")


@given(data=st.binary(max_size=200))
@settings(max_examples=200)
def test_what_does_not_begin_like_a_request_is_left_alone(data: bytes) -> None:
    if not data[:1].isalpha():
        assert escaped(data) == data


@given(
    target=st.text(
        st.characters(exclude_characters="\r\n", exclude_categories=("Cs",)), min_size=1, max_size=50
    ),
    rest=st.binary(max_size=100),
)
def test_only_the_target_changes_and_only_where_it_has_to(target: str, rest: bytes) -> None:
    encoded = target.encode()
    after = escaped(b"GET /%b HTTP/1.1\r\n%b" % (encoded, rest))
    head, tail = b"GET /", b" HTTP/1.1\r\n" + rest
    assert after.startswith(head)
    assert after.endswith(tail)
    middle = after[len(head) : len(after) - len(tail)]
    assert b" " not in middle
    assert middle.isascii()
    if encoded.isascii() and b" " not in encoded:
        assert middle == encoded
