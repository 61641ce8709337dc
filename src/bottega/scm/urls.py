"""Which repositories this installation may build: a policy, and holding a URL against it."""

from __future__ import annotations

import posixpath

from bottega.scm.addresses import is_listed, parse_address, refusal
from bottega.scm.giturl import GitUrl, UrlRefused, parse
from bottega.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Literal

__all__ = ["GitUrl", "UrlPolicy", "UrlRefused", "check", "check_addresses", "parse"]


class UrlPolicy(Value):
    """What may be fetched from where.

    The default lets a team use the forge in its own network. ``allowed_hosts`` are shell patterns of host
    names, none meaning any host. ``private_allowed`` holds networks and host patterns for which private and
    loopback addresses are accepted although the other fields refuse them. ``closed_folders`` are absolute
    folders that no file URL may reach (the server's own data).
    """

    __slots__ = (
        "allow_http",
        "allowed_hosts",
        "closed_folders",
        "file_urls",
        "loopback",
        "private_addresses",
        "private_allowed",
    )
    file_urls: bool
    allow_http: bool
    loopback: bool
    allowed_hosts: tuple[str, ...]
    private_addresses: Literal["allow", "refuse"]
    private_allowed: tuple[str, ...]
    closed_folders: tuple[str, ...]

    def __init__(
        self,
        *,
        file_urls: bool = False,
        allow_http: bool = False,
        loopback: bool = False,
        allowed_hosts: Iterable[str] = (),
        private_addresses: Literal["allow", "refuse"] = "allow",
        private_allowed: Iterable[str] = (),
        closed_folders: Iterable[str] = (),
    ) -> None:
        self._fill(
            file_urls=file_urls,
            allow_http=allow_http,
            loopback=loopback,
            allowed_hosts=tuple(allowed_hosts),
            private_addresses=private_addresses,
            private_allowed=tuple(private_allowed),
            closed_folders=tuple(closed_folders),
        )

    def to_dict(self) -> dict[str, Any]:
        """The policy as JSON-able values, for a runner's specification."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> UrlPolicy:
        """The policy written by `to_dict`; raises ValueError for a field it does not know."""
        unknown = set(values) - set(cls.__slots__)
        if unknown:
            raise ValueError(f"unknown URL policy field: {', '.join(sorted(unknown))}")
        return cls(**values)


def check(url: str, policy: UrlPolicy) -> GitUrl:
    """Parse a URL and hold it against the policy; raises `UrlRefused`.

    Asks no name server, so it is cheap and can be called when a task is saved. What a host name resolves to
    is checked right before every connection, and the address that was checked is the one that is used.
    """
    parsed = parse(url)
    if parsed.scheme == "file":
        _check_file(parsed, policy)
        return parsed
    if parsed.scheme == "http" and not policy.allow_http:
        raise UrlRefused("plain http is not allowed on this server; use https or ssh")
    address = parse_address(parsed.host)
    if policy.allowed_hosts and not is_listed(address, parsed.host, policy.allowed_hosts):
        raise UrlRefused(f"the host {parsed.host} is not in this server's list of allowed hosts")
    if parsed.host == "localhost" or parsed.host.endswith(".localhost"):
        address = parse_address("127.0.0.1")
    if address is not None:
        check_addresses(parsed, [str(address)], policy)
    return parsed


def check_addresses(url: GitUrl, addresses: list[str], policy: UrlPolicy) -> None:
    """Refuse a host when any of its addresses is refused; raises `UrlRefused`."""
    for text in addresses:
        address = parse_address(text)
        if address is None:
            raise UrlRefused(f"the name server's answer {text!r} for {url.host} is no address")
        reason = refusal(
            address,
            host=url.host,
            loopback=policy.loopback,
            private=policy.private_addresses == "allow",
            allowed=policy.private_allowed,
        )
        if reason:
            raise UrlRefused(reason)


def _check_file(url: GitUrl, policy: UrlPolicy) -> None:
    if not policy.file_urls:
        raise UrlRefused("repositories on the server's own disk (file URLs) are not allowed on this server")
    real = posixpath.realpath(url.path)
    for folder in policy.closed_folders:
        closed = posixpath.realpath(folder)
        if posixpath.commonpath([real, closed]) == closed:
            raise UrlRefused("it points into the server's own data")
