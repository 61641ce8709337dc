"""Credentials for private repositories, and which of them is meant for which URL."""

from __future__ import annotations

import hashlib

from bottega.scm.giturl import DEFAULT_PORTS, GitUrl
from bottega.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class Credential(Value):
    """What opens the repositories of one host.

    ``host`` is ``name`` or ``name:port``. ``kind`` "basic" serves http(s) with ``username`` and a password or token as
    ``secret``; "ssh-key" serves ssh with a private key as ``secret`` and the accepted lines of ``known_hosts``.
    """

    __slots__ = ("host", "kind", "known_hosts", "secret", "username")
    host: str
    kind: str
    username: str
    secret: str
    known_hosts: str

    def __init__(
        self, host: str, kind: str = "basic", username: str = "", secret: str = "", known_hosts: str = ""
    ) -> None:
        if kind not in ("basic", "ssh-key"):
            raise ValueError(f"credential kind {kind!r} is neither 'basic' nor 'ssh-key'")
        single_line = (username, secret) if kind == "basic" else (username,)
        if any("\n" in text or "\r" in text or "\0" in text for text in single_line):
            raise ValueError(f"the user name or password of the credential for {host} contains a line break")
        self._fill(host=host, kind=kind, username=username, secret=secret, known_hosts=known_hosts)

    def __repr__(self) -> str:
        # Never the secret: this ends up in tracebacks.
        return f"Credential(host={self.host!r}, kind={self.kind!r})"

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Credential:
        """The credential from its JSON form, which has the names of the fields; raises ValueError."""
        unknown = set(values) - set(cls.__slots__)
        if unknown or not values.get("host"):
            raise ValueError(
                f"credential: {'unknown field ' + min(unknown) if unknown else 'host is missing'}"
            )
        return cls(**values)

    @property
    def scope(self) -> str:
        """What keeps mirrors apart: two builds share one only when they hold the same secret."""
        text = "\0".join((self.kind, self.username, self.secret))
        return hashlib.sha256(text.encode()).hexdigest()

    def opens(self, url: GitUrl) -> bool:
        """Whether this credential is meant for the URL's very host and port, and for its transport."""
        if (self.kind == "ssh-key") != (url.scheme == "ssh") or url.scheme == "file":
            return False
        return names_host(self.host, url)


def names_host(name: str, url: GitUrl) -> bool:
    """Whether ``name`` or ``name:port`` means the very host and port of the URL."""
    if url.scheme == "file":
        return False
    bare = f"[{url.host}]" if ":" in url.host else url.host
    port = url.port or DEFAULT_PORTS[url.scheme]
    lowered = name.lower()
    return lowered == f"{bare}:{port}" or (lowered in (bare, url.host) and url.port is None)


def choose(credentials: Sequence[Credential], url: GitUrl) -> Credential | None:
    """The first credential that is meant for the URL."""
    return next((one for one in credentials if one.opens(url)), None)
