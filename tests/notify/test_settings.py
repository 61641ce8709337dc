"""What can be set about mail and about where messages go."""

import re
from pathlib import Path
from typing import Any

import pytest

from bottega.notify.sender import Sender
from bottega.notify.service import sender_of, tls_of
from bottega.settings import Settings, SettingsError, load

MAIL = {"host": "mail.example", "from_address": "bottega@ci.example"}


def settings(**sections: Any) -> Any:
    return load(environment={}, overrides=sections)


def opened(of: Settings) -> Sender:
    return sender_of(of, tls_of(of))


def test_without_a_mail_server_there_is_no_mail() -> None:
    assert opened(settings()).mailer is None
    assert opened(settings(mail=MAIL)).mailer is not None


def test_by_default_inner_addresses_are_closed() -> None:
    assert opened(settings()).outgoing.reach.refusal("10.0.0.1", "10.0.0.1")
    inner = opened(settings(notify={"allow_private": True}))
    assert not inner.outgoing.reach.refusal("10.0.0.1", "10.0.0.1")


@pytest.mark.parametrize("address", ["ci@h", "ci+x@build.example.com", "Our builds <ci@h.example>"])
def test_addresses_may_have_a_name(address: str) -> None:
    assert settings(mail={**MAIL, "from_address": address}).mail.from_address == address


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"from_address": ""}, "mail.from_address"),
        ({"from_address": "nobody"}, "mail.from_address"),
        ({"from_address": "a@b\nBcc: c@d"}, "mail.from_address"),
        ({"from_address": "x\r\nBcc: c <a@b>"}, "mail.from_address"),
        ({"username": "ci"}, "mail.username and mail.password_file"),
        ({"password_file": "/x"}, "mail.username and mail.password_file"),
        ({"username": "ci", "password_file": "/x", "security": "none"}, "mail.security"),
        ({"security": "ssl"}, "mail.security"),
        ({"port": 65536}, "mail.port"),
    ],
)
def test_a_mistake_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(named)):
        settings(mail={**MAIL, **changes})


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    login = {**MAIL, "username": "ci", "password_file": str(tmp_path / "none")}
    with pytest.raises(SettingsError, match=r"mail\.password_file"):
        opened(settings(mail=login))
    (tmp_path / "empty.pem").write_text("")
    for name in ("none", "empty.pem"):
        with pytest.raises(SettingsError, match=r"notify\.ca_file"):
            tls_of(settings(notify={"ca_file": str(tmp_path / name)}))
