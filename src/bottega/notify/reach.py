"""Which addresses the server may send to: names are resolved once, and what was checked is what is connected to."""

import socket
from typing import Any
from urllib.parse import SplitResult, urlsplit

import msgspec

from bottega.errors import Invalid
from bottega.notify.outcome import NotSent, unreachable
from bottega.scm.addresses import is_listed, parse_address, refusal

MAX_URL = 256
"""CodeArts Build's limit for webhook URLs (reference, section 2.13)."""

Resolved = tuple[socket.AddressFamily, Any]
"""A family, and an address as ``socket.connect`` takes it."""

WHO_DECIDES = "the server's settings notify.allow_private and notify.allowed_hosts decide"

_PRINTABLE = range(0x21, 0x7F)


class Reach(msgspec.Struct, frozen=True):
    """Loopback and private addresses are refused unless ``allow_private``.

    ``allowed_hosts`` are patterns of host names, and networks for hosts given as addresses: when there are any, those
    hosts are reached wherever they are, and no other. Link-local and cloud metadata addresses are refused in any case.
    """

    allow_private: bool = False
    allowed_hosts: tuple[str, ...] = ()

    def refusal(self, host: str, address: str) -> str | None:
        """Why nothing is sent to this address of this host, or None."""
        parsed = parse_address(address)
        if parsed is None:
            return f"{host} has no usable address"
        if why := self._unlisted(host):
            return why
        open_ = self.allow_private or bool(self.allowed_hosts)
        return refusal(parsed, host=host, loopback=open_, private=open_)

    def resolve(self, host: str, port: int) -> list[Resolved]:
        """All addresses of the host. Raises :class:`NotSent` when it has none, or when any of them is refused."""
        if why := self._unlisted(host):
            raise NotSent(why)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise unreachable(f"the name {host} cannot be resolved") from None
        for *_, address in found:
            if why := self.refusal(host, str(address[0])):
                raise NotSent(f"{why}; {WHO_DECIDES}")
        return [(family, address) for family, *_, address in found]

    def check_url(self, field: str, url: str) -> None:
        """Raise :class:`Invalid` unless this is a URL that messages may be posted to; asks no name server."""
        if len(url) > MAX_URL:
            raise Invalid(field, f"has {len(url)} characters, {MAX_URL} are allowed")
        if not all(ord(one) in _PRINTABLE and one != "\\" for one in url):
            raise Invalid(field, "a URL has no spaces, control characters or letters beyond ASCII")
        parts = _split(field, url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Invalid(field, "expected http://host/… or https://host/…")
        if "@" in parts.netloc:
            raise Invalid(field, "must not hold a user name or password")
        if parts.fragment:
            raise Invalid(field, "must not have a #fragment")
        if why := self._unlisted(parts.hostname):
            raise Invalid(field, why)
        if parse_address(parts.hostname) and (why := self.refusal(parts.hostname, parts.hostname)):
            raise Invalid(field, f"{why}; {WHO_DECIDES}")

    def _unlisted(self, host: str) -> str | None:
        if not self.allowed_hosts or is_listed(parse_address(host), host, self.allowed_hosts):
            return None
        return f"the host {host} is not in this server's notify.allowed_hosts"


def _split(field: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Invalid(field, "is not a URL") from None
    if port == 0:
        raise Invalid(field, "port 0 cannot be connected to")
    return parts
