"""Which addresses are sent to."""

import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bottega.errors import Invalid
from bottega.notify.outcome import NotSent
from bottega.notify.reach import MAX_URL, Reach

CLOSED = Reach()
OPEN = Reach(allow_private=True)

INNER = ["127.0.0.1", "10.1.2.3", "192.168.0.9", "172.16.5.5", "[::1]", "[fd12::1]", "[::ffff:127.0.0.1]"]
NEVER = ["169.254.169.254", "[fe80::1]", "100.100.100.200", "0.0.0.0", "224.0.0.1"]


@pytest.mark.parametrize("host", [*INNER, *NEVER])
def test_inner_addresses_are_refused_when_they_are_saved(host: str) -> None:
    with pytest.raises(Invalid, match=r"^webhook_url: .*notify\.allow_private"):
        CLOSED.check_url("webhook_url", f"http://{host}/hook")


@pytest.mark.parametrize("host", INNER)
def test_inner_addresses_may_be_allowed(host: str) -> None:
    OPEN.check_url("webhook_url", f"http://{host}/hook")


@pytest.mark.parametrize("host", NEVER)
def test_link_local_and_metadata_addresses_cannot_be_allowed(host: str) -> None:
    with pytest.raises(Invalid):
        OPEN.check_url("webhook_url", f"http://{host}/hook")


def test_listed_hosts_and_networks_are_reached_wherever_they_are_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = Reach(allowed_hosts=("10.1.0.0/16", "*.Chat.example", "localhost"))
    for url in ("http://10.1.9.9/hook", "https://robots.chat.example/", "http://LOCALHOST/"):
        listed.check_url("webhook_url", url)
    assert listed.resolve("localhost", 80)
    monkeypatch.setattr(socket, "getaddrinfo", None)
    for host in ("10.2.0.1", "93.184.216.34", "oapi.dingtalk.com", "chat.example", "127.0.0.1"):
        with pytest.raises(Invalid, match=r"not in this server's notify\.allowed_hosts"):
            listed.check_url("webhook_url", f"http://{host}/hook")
        with pytest.raises(NotSent, match=r"notify\.allowed_hosts"):
            listed.resolve(host, 80)


def test_a_listed_name_cannot_lead_to_a_link_local_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(NotSent, match="link-local or metadata"):
        Reach(allowed_hosts=("robots.example",)).resolve("robots.example", 80)


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "017700000001"])
def test_names_and_odd_spellings_of_this_machine_are_refused_when_they_are_resolved(host: str) -> None:
    with pytest.raises(NotSent) as refused:
        CLOSED.resolve(host, 80)
    assert not refused.value.retry
    assert "allow_private" in str(refused.value)


def test_one_inner_address_among_others_is_enough_to_refuse_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(*_: Any, **__: Any) -> list[Any]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("93.184.216.34", 80)), (*kind, ("10.0.0.5", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(NotSent, match=r"private address 10\.0\.0\.5"):
        CLOSED.resolve("mixed.example", 80)


def test_a_name_that_nobody_knows_is_tried_again_later() -> None:
    with pytest.raises(NotSent) as refused:
        CLOSED.resolve("no-such-host.invalid", 80)
    assert refused.value.retry


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "http://"),
        ("ftp://h/x", "http://"),
        ("//h/x", "http://"),
        ("http:///x", "http://"),
        ("http://u:p@h/x", "user name"),
        ("http://h/x#f", "fragment"),
        ("http://h:0/x", "port 0"),
        ("http://h:99999/x", "not a URL"),
        ("http://[::1/x", "not a URL"),
        ("http://h/a b", "no spaces"),
        ("http://h/a\r\nX-Y: z", "no spaces"),
        ("http://h\\@evil/x", "no spaces"),
        ("http://钉钉.example/x", "no spaces"),
        ("http://h/" + "x" * MAX_URL, "256 are allowed"),
    ],
)
def test_what_is_no_plain_url_is_refused(url: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        OPEN.check_url("webhook_url", url)


def test_a_url_of_exactly_the_limit_is_taken() -> None:
    CLOSED.check_url("webhook_url", "http://chat.example/".ljust(MAX_URL, "x"))


@given(st.text(max_size=300))
def test_any_text_is_taken_or_refused_in_words(text: str) -> None:
    for url in (text, f"http://{text}", f"https://h/{text}"):
        try:
            CLOSED.check_url("webhook_url", url)
        except Invalid:
            continue
