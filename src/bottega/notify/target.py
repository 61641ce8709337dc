"""Where a robot or webhook is, what it is signed with, and how much of that may be shown."""

from hashlib import sha256
from urllib.parse import SplitResult, urlsplit, urlunsplit

import msgspec

from bottega.notify.channels import Channel
from bottega.store.secrets import SecretBox

MASK = "******"
PURPOSE = "notify target"
SECRET_LENGTH = 8
"""Shorter parts of a URL are words rather than keys, and hiding them would only garble what the other side says."""

PATH_IS_SECRET = frozenset({Channel.FEISHU, Channel.WEBHOOK})
"""Whose URLs carry their key in the path; the others carry it in the query."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """``secret`` signs, ``mention`` are ids of users to be called by name; both may be empty."""

    url: str
    secret: str = ""
    mention: tuple[str, ...] = ()

    @property
    def lane(self) -> str:
        """The same for all messages that go to one place: they wait for each other."""
        return sha256(self.url.encode()).hexdigest()[:32]

    def shown(self, channel: Channel) -> str:
        """The URL without what gives the right to use it."""
        parts = urlsplit(self.url)
        path = _masked_path(parts.path) if channel in PATH_IS_SECRET else parts.path
        return urlunsplit((parts.scheme, parts.netloc, path, _masked_query(parts.query), ""))

    def without_secrets(self, text: str) -> str:
        """``text`` of the other side, in case it repeats what we sent."""
        for secret in self._secrets():
            text = text.replace(secret, MASK)
        return text

    def _secrets(self) -> list[str]:
        parts = urlsplit(self.url)
        known = {self.secret, parts.query, *_values(parts), *parts.path.split("/")}
        return sorted((one for one in known if len(one) >= SECRET_LENGTH), key=len, reverse=True)


def seal(secrets: SecretBox, target: Target) -> bytes:
    """What is stored of a target."""
    return secrets.seal(msgspec.json.encode(target).decode(), PURPOSE)


def unseal(secrets: SecretBox, sealed: bytes) -> Target:
    """The target that was sealed. Raises :class:`~bottega.store.secrets.SealBroken`."""
    return msgspec.json.decode(secrets.unseal(sealed, PURPOSE), type=Target)


def _values(parts: SplitResult) -> list[str]:
    return [pair.partition("=")[2] for pair in parts.query.split("&")]


def _masked_path(path: str) -> str:
    above, _, last = path.rstrip("/").rpartition("/")
    return f"{above}/{MASK}" if last else path


def _masked_query(query: str) -> str:
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return "&".join(f"{name}={MASK}" if equals else MASK for name, equals, _ in pairs)
