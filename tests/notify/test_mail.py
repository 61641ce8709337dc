"""Mail through a real SMTP server."""

import socket
from pathlib import Path
from typing import Any

import pytest

from bottega.notify.mail import Mailer, MailServer
from bottega.notify.message import Message
from bottega.notify.outcome import NotSent
from bottega.notify.outgoing import tls_context
from tests.support.certificates import make_certificates
from tests.support.smtp_sink import SmtpSink, smtp_sink

MESSAGE = Message(
    event="buildJobFail",
    title="Build #3 of 商店 failed",
    at=1_700_000_000_000,
    facts=[("Project", "work"), ("Reason", "make: *** [all] Error 2"), ("Dot", ".")],
)


def mailer(sink: SmtpSink, ca_file: str = "", **changes: Any) -> Mailer:
    values: dict[str, Any] = {
        "host": "localhost",
        "port": sink.port,
        "security": "none",
        "username": "",
        "password": "",
        "from_address": "Bottega <bottega@ci.example>",
    }
    return Mailer(MailServer(**{**values, **changes}), tls_context(ca_file))


def refused(mailer: Mailer, address: str = "ada@example.com") -> NotSent:
    with pytest.raises(NotSent) as raised:
        mailer.send(MESSAGE, address, "delivery-1")
    return raised.value


def test_a_mail_has_what_filters_and_readers_need() -> None:
    with smtp_sink() as sink:
        assert mailer(sink).send(MESSAGE, "ada@example.com", "delivery-1") == 250
    (letter,) = sink.letters
    assert "bottega@ci.example" in letter.sender
    assert letter.recipients == ["TO:<ada@example.com>"]
    mail = letter.mail
    assert mail["From"] == "Bottega <bottega@ci.example>"
    assert mail["To"] == "ada@example.com"
    assert mail["Subject"] == "[Bottega] Build #3 of 商店 failed"
    assert mail["Message-ID"] == "<delivery-1@ci.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Bottega-Event"] == "buildJobFail"
    assert mail.get_content().replace("\r\n", "\n") == MESSAGE.text() + "\n"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_login_travels_encrypted(tmp_path: Path, security: str) -> None:
    authority, server_side = make_certificates(tmp_path)
    with smtp_sink(server_side, implicit=security == "tls") as sink:
        sink.users["ci"] = "password-0123"
        login = {"username": "ci", "password": "password-0123", "security": security}
        mailer(sink, str(authority), **login).send(MESSAGE, "ada@example.com", "delivery-1")
        error = refused(mailer(sink, str(authority), **{**login, "password": "wrong-0123"}))
    (letter,) = sink.letters
    assert (letter.encrypted, letter.user) == (True, "ci")
    assert (error.retry, error.target_down, error.status) == (True, True, 535)
    assert "wrong-0123" not in str(error)


def test_starttls_is_never_left_out() -> None:
    with smtp_sink() as sink:
        error = refused(mailer(sink, security="starttls"))
    assert (error.retry, error.target_down, sink.letters) == (True, True, [])


def test_a_certificate_of_nobody_is_not_trusted(tmp_path: Path) -> None:
    _, server_side = make_certificates(tmp_path)
    with smtp_sink(server_side) as sink:
        error = refused(mailer(sink, security="starttls"))
    assert "not trusted" in str(error)
    assert sink.letters == []


@pytest.mark.parametrize(
    ("verb", "reply", "retry", "target_down"),
    [
        ("RCPT", "550 no such mailbox", False, False),
        ("RCPT", "451 greylisted, come back", True, False),
        ("DATA", "554 looks like spam", False, False),
        ("DATA", "452 mailbox is full", True, False),
        ("MAIL", "553 sender not allowed", True, True),
        ("MAIL", "421 too busy", True, True),
    ],
)
def test_refusals_stop_a_mail_or_all_mail(verb: str, reply: str, retry: bool, target_down: bool) -> None:
    with smtp_sink() as sink:
        sink.refusals[verb] = [reply]
        error = refused(mailer(sink))
    assert (error.retry, error.target_down, error.status) == (retry, target_down, int(reply[:3]))
    assert reply[4:] in str(error)


def test_a_server_that_is_away_stops_all_mail_for_now() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = refused(mailer(SmtpSink(port)))
    assert (error.retry, error.target_down, error.status) == (True, True, None)


@pytest.mark.parametrize("address", ["", "x@y.example\r\nBcc: all@y.example", "\x00"])
def test_what_is_no_address_is_not_tried_again(address: str) -> None:
    with smtp_sink() as sink:
        error = refused(mailer(sink), address)
    assert not error.retry
    assert sink.letters == []


def test_an_address_the_server_cannot_take_is_not_tried_again() -> None:
    with smtp_sink() as sink:
        error = refused(mailer(sink), "界@example.com")
    assert not error.retry


def test_the_password_is_in_no_representation() -> None:
    server = MailServer(
        host="h", port=0, security="tls", username="u", password="password-0123", from_address="a@b"
    )
    assert "password-0123" not in repr(server)
    assert "password-0123" not in f"{Mailer(server, tls_context())}"
