"""Finding a host's addresses right before a connection, and pinning the connection to them.

The name is asked once, the answer is held against the policy, and git is told to use that very answer: a name
server that gives a harmless address first and an internal one later (DNS rebinding) gains nothing.
"""

from __future__ import annotations

from bottega.scm.addresses import parse_address
from bottega.scm.environment import environment
from bottega.scm.failures import ScmError
from bottega.scm.giturl import DEFAULT_PORTS, GitUrl
from bottega.scm.urls import UrlPolicy, check_addresses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bottega.scm.commands import Commands

_SECONDS = 20.0


def resolve(url: GitUrl, policy: UrlPolicy, commands: Commands) -> list[str]:
    """The addresses of the URL's host, best first, all accepted by the policy; none for a file URL.

    Raises `UrlRefused` when one of them is refused, `ScmError` when the name is unknown. Works by getent(1), because
    a look-up inside the process could neither be stopped nor be given a time limit.
    """
    if url.scheme == "file":
        return []
    if parse_address(url.host):
        addresses = [url.host]
    else:
        found = commands.run(["getent", "ahosts", url.host], environment(), _SECONDS)
        lines = [line.split() for line in found.output.splitlines()]
        addresses = list(dict.fromkeys(words[0] for words in lines if words))
        if found.code or not addresses:
            raise ScmError(f"Cannot fetch {url.text}: the host name {url.host} is unknown.")
    check_addresses(url, addresses, policy)
    return addresses


def pin_options(url: GitUrl, addresses: list[str]) -> tuple[str, ...]:
    """The git settings that keep http(s) to these addresses; ssh is pinned by its own command line."""
    if url.scheme not in ("https", "http") or not addresses or parse_address(url.host):
        return ()
    port = url.port or DEFAULT_PORTS[url.scheme]
    return (f"http.curloptResolve={url.host}:{port}:{','.join(addresses)}",)
