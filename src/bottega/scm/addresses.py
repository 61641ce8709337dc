"""Which network addresses a repository may live at, and why not."""

import ipaddress
from collections.abc import Iterable
from fnmatch import fnmatchcase

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Cloud metadata services outside the link-local range: they hand out credentials to whoever asks.
_METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in ("100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def parse_address(text: str) -> Address | None:
    """Return the address that the text spells in its standard form, else None."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def refusal(
    address: Address, *, host: str, loopback: bool, private: bool, allowed: Iterable[str] = ()
) -> str | None:
    """Say why a connection to the address is refused, or None when it may be made.

    ``allowed`` lists networks ("10.1.0.0/16") and host name patterns ("*.corp.example") for which private
    and loopback addresses are accepted whatever the flags say. Link-local and metadata addresses are
    refused in every case.
    """
    inner = _unwrap(address)
    if inner in _METADATA or inner.is_link_local:
        return f"{host} has the link-local or metadata address {address}"
    listed = is_listed(inner, host, allowed)
    # First: Python counts ::1 among the reserved addresses too.
    if inner.is_loopback:
        return None if loopback or listed else f"{host} is this machine itself ({address})"
    if inner.is_multicast or inner.is_unspecified or inner.is_reserved:
        return f"{host} has the address {address}, at which nothing can be reached"
    if not inner.is_global and not (private or listed):
        return f"{host} has the private address {address}"
    return None


def is_listed(address: Address | None, host: str, allowed: Iterable[str]) -> bool:
    """Whether a list of networks and host name patterns names this host or address."""
    for entry in allowed:
        if fnmatchcase(host, entry.lower()):
            return True
        if address is None:
            continue
        try:
            network = ipaddress.ip_network(entry, strict=False)
        except ValueError:
            continue
        if address.version == network.version and address in network:
            return True
    return False


def _unwrap(address: Address) -> Address:
    """The IPv4 address that an IPv6 form carries: it is where the connection ends."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address.sixtofour:
            return address.sixtofour
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
