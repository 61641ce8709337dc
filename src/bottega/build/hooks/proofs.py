"""Who sent a delivery: the secret of the hook is proven over the raw body, before anything of it is read."""

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Literal

import msgspec

PREFIX = "whsec_"
"""How secrets begin that GitLab takes as signing tokens (Standard Webhooks); what follows is base64."""

SECRET_BYTES = 32
MAX_SKEW_SECONDS = 300
"""How old a signature with a time may be, and how far ahead its sender's clock."""

KEY_LENGTH = 128


class Forge(StrEnum):
    """What sent a delivery, by its headers."""

    GITHUB = "github"
    GITLAB = "gitlab"
    GITEA = "gitea"
    GOGS = "gogs"
    CODEARTS = "codearts"


_TOKENS = {
    "x-gitlab-token": Forge.GITLAB,
    "x-repo-token": Forge.CODEARTS,
    "x-codehub-token": Forge.CODEARTS,
    "x-devcloud-token": Forge.CODEARTS,
}
"""Headers that carry the secret itself. CodeArts Repo lets its user choose; the last two are of its older versions."""

_HEX_SIGNATURES = {
    "x-forgejo-signature": Forge.GITEA,
    "x-gitea-signature": Forge.GITEA,
    "x-gogs-signature": Forge.GOGS,
    "x-hub-signature-256": Forge.GITHUB,
}
"""HMAC-SHA256 of the body in hexadecimal. Gitea sends also the later ones, so the first that is there decides."""

_EVENTS = (
    "x-gitea-event",
    "x-forgejo-event",
    "x-gogs-event",
    "x-github-event",
    "x-gitlab-event",
    "x-repo-event",
    "x-codehub-event",
    "x-devcloud-event",
)
_IDS = (
    "x-gitea-delivery",
    "x-forgejo-delivery",
    "x-gogs-delivery",
    "x-github-delivery",
    "idempotency-key",
    "webhook-id",
)
"""Headers that are the same when a delivery is sent again, and never otherwise."""

ALIKE_SECONDS = 600
"""Deliveries without an id are taken for one when they are alike and come so close together."""


Found = Forge | Literal[False]
"""Who gave a proof, or that it is wrong."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery whose sender knows the secret. ``key`` tells it from others of the hook."""

    forge: Forge
    event: str
    key: str


def new_secret() -> str:
    """A secret that every forge takes: as the key of a signature, as a token, and as GitLab's signing token."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def check(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> Proof | None:
    """The delivery, or None unless it proves the secret. ``headers`` have lower-case names; ``now`` is in seconds.

    Every proof that is there has to hold: none is rescued by another. Comparisons take the same time for all values.
    """
    forges: list[Forge] = []
    signatures = (_signed(headers, body, secret, now), *_hexadecimal(headers, body, secret))
    # Beside its signature GitLab may send a token that is not ours.
    tokens = [] if signatures[0] else _tokens(headers, secret)
    for found in (*signatures, *tokens):
        if found is False:
            return None
        if found is not None:
            forges.append(found)
    if not forges:
        return None
    event = next((headers[name] for name in _EVENTS if headers.get(name)), "")
    return Proof(forge=forges[0], event=event, key=_key(headers, body, now))


def _signed(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> Found | None:
    """GitLab's signature, which covers id, time and body; several may be given, of which one has to be right."""
    given = headers.get("webhook-signature")
    if given is None:
        return None
    identity, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit()) or abs(now - int(stamp[:20])) > MAX_SKEW_SECONDS:
        return False
    covered = f"{identity}.{stamp}.".encode() + body
    digest = hmac.digest(_signing_key(secret), covered, sha256)
    expected = "v1," + base64.b64encode(digest).decode()
    right = [_same(one, expected) for one in given.split()[:10]]
    return Forge.GITLAB if any(right) else False


def _hexadecimal(headers: Mapping[str, str], body: bytes, secret: str) -> list[Found]:
    given = [(headers[name], forge) for name, forge in _HEX_SIGNATURES.items() if name in headers]
    if not given:
        return []
    expected = hmac.digest(secret.encode(), body, sha256).hex()
    return [
        forge if _same(text.removeprefix("sha256=").lower(), expected) else False for text, forge in given
    ]


def _tokens(headers: Mapping[str, str], secret: str) -> list[Found]:
    return [
        forge if _same(headers[name], secret) else False for name, forge in _TOKENS.items() if name in headers
    ]


def _signing_key(secret: str) -> bytes:
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError):
            pass
    return secret.encode()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _key(headers: Mapping[str, str], body: bytes, now: float) -> str:
    for name in _IDS:
        text = headers.get(name, "")
        if 0 < len(text) <= KEY_LENGTH and text.isascii() and text.isprintable():
            return text
    # A branch may be moved to and fro: what is alike later is another push.
    uuid, when = headers.get("x-gitlab-event-uuid", ""), int(now // ALIKE_SECONDS)
    digest = sha256(uuid.encode("utf-8", "replace") + b"\n" + body).hexdigest()
    return f"sha256:{when}:{digest}"
