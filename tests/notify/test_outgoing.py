"""Posting to URLs that users chose."""

import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from bottega.notify.outcome import NotSent
from bottega.notify.outgoing import ANSWER_BYTES, Outgoing, Post, tls_context
from bottega.notify.reach import Reach
from tests.support.certificates import make_certificates
from tests.support.http_sink import Reply, dripping_server, http_sink

OPEN = Outgoing(Reach(allow_private=True), tls_context())


def post(url: str, outgoing: Outgoing = OPEN) -> Any:
    return outgoing.post(Post(url=url, body=b'{"a": 1}', headers={"X-Extra": "yes"}))


def refused(url: str, outgoing: Outgoing = OPEN) -> NotSent:
    with pytest.raises(NotSent) as raised:
        post(url, outgoing)
    return raised.value


def test_body_path_query_and_headers_arrive_as_they_were_given() -> None:
    with http_sink() as sink:
        answer = post(sink.url("/a/b?c=d&e=%20"))
    (request,) = sink.received
    assert answer.status == 200
    assert (request.path, request.body) == ("/a/b?c=d&e=%20", b'{"a": 1}')
    assert request.headers["host"] == f"127.0.0.1:{sink.port}"
    assert request.headers["x-extra"] == "yes"
    assert request.headers["content-type"] == "application/json; charset=utf-8"


def test_a_redirect_is_not_followed_and_not_tried_again() -> None:
    with http_sink() as sink, http_sink() as elsewhere:
        sink.replies = [Reply(302, b"", {"Location": elsewhere.url()})]
        error = refused(sink.url())
    assert (error.retry, error.status) == (False, 302)
    assert elsewhere.received == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_refusal_is_final_and_shows_the_beginning_of_what_was_said(status: int) -> None:
    with http_sink() as sink:
        sink.replies = [Reply(status, b"no\r\n\x1b[31mthank you\x00" + b"!" * 5000)]
        error = refused(sink.url())
    assert (error.retry, error.status) == (False, status)
    assert "no [31mthank you !!!" in str(error)
    assert len(str(error)) < 500


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_trouble_on_the_other_side_is_tried_again_after_what_it_asks_for(status: int) -> None:
    with http_sink() as sink:
        sink.replies = [
            Reply(status, b"", {"Retry-After": "90"}),
            Reply(status, b"", {"Retry-After": "soon"}),
        ]
        first, second = refused(sink.url()), refused(sink.url())
    assert (first.retry, first.target_down, first.status, first.after) == (True, True, status, 90.0)
    assert second.after is None


def test_nobody_listening_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = refused(f"http://127.0.0.1:{port}/")
    assert (error.retry, error.target_down, error.status) == (True, True, None)
    assert "refused" in str(error)


def test_of_a_huge_answer_only_the_beginning_is_read() -> None:
    with http_sink() as sink:
        sink.default = Reply(200, b"x" * (ANSWER_BYTES * 20))
        assert post(sink.url()).body == b"x" * ANSWER_BYTES


def test_a_server_that_never_comes_to_its_end_is_left() -> None:
    impatient = Outgoing(Reach(allow_private=True), tls_context(), total_seconds=0.3)
    with dripping_server() as port:
        error = refused(f"http://127.0.0.1:{port}/", impatient)
    assert error.retry
    assert "no whole answer within 0.3 seconds" in str(error)


def test_a_server_that_says_nothing_is_left() -> None:
    impatient = Outgoing(Reach(allow_private=True), tls_context(), total_seconds=0.3)
    let_go = threading.Event()
    with http_sink() as sink:
        sink.default = Reply(hold=let_go)
        error = refused(sink.url(), impatient)
        let_go.set()
    assert "no whole answer within 0.3 seconds" in str(error)


def test_what_is_not_http_is_tried_again_and_told_without_the_url() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"220 this is mail\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        error = refused(f"http://127.0.0.1:{listener.getsockname()[1]}/token-0123456789")
        thread.join()
    assert error.retry
    assert "token-0123456789" not in str(error)


def test_by_default_this_machine_is_not_reached() -> None:
    with http_sink() as sink:
        error = refused(sink.url(host="localhost"), Outgoing(Reach(), tls_context()))
    assert (error.retry, sink.received) == (False, [])


def test_a_name_is_resolved_once_and_the_checked_address_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    # The name server changes its mind after the first question, as one that attacks us would.
    asked: list[str] = []

    def answer(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "10.255.255.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    with http_sink() as sink:
        monkeypatch.setattr(socket, "getaddrinfo", answer)
        allowed = Outgoing(Reach(allowed_hosts=("robot.example",)), tls_context())
        assert post(sink.url(host="robot.example"), allowed).status == 200
        monkeypatch.undo()
    assert asked == ["robot.example"]
    assert sink.received[0].headers["host"] == f"robot.example:{sink.port}"


def test_certificates_are_checked_against_the_given_authority(tmp_path: Path) -> None:
    authority, server_side = make_certificates(tmp_path)
    trusting = Outgoing(Reach(allow_private=True), tls_context(str(authority)))
    with http_sink(server_side) as sink:
        assert post(sink.url(host="localhost", scheme="https"), trusting).status == 200
        error = refused(sink.url(host="localhost", scheme="https"))
    assert error.retry
    assert "certificate is not trusted" in str(error)
    assert len(sink.received) == 1


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with http_sink() as sink, http_sink() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url(""))
        assert post(sink.url()).status == 200
    assert proxy.received == []
