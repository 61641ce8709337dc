"""Signed envelopes (DSSE 1.0.2) with Ed25519: the signature covers the payload and what kind of payload it is."""

import base64
import binascii
import hashlib

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PAYLOAD_TYPE = "application/vnd.in-toto+json"


class NotProven(Exception):
    """The envelope proves nothing; the message says why."""


class Signature(msgspec.Struct, kw_only=True):
    """``sig`` in base64. ``keyid`` is a hint that nothing vouches for."""

    sig: str
    keyid: str = ""


class Envelope(msgspec.Struct, kw_only=True, rename={"payload_type": "payloadType"}):
    """``payload`` in base64."""

    payload: str
    payload_type: str
    signatures: list[Signature]


def key_id(public: Ed25519PublicKey) -> str:
    """SHA-256 of the key's DER form, in hex."""
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def sign(payload: bytes, private: Ed25519PrivateKey) -> Envelope:
    """``payload`` in an envelope."""
    signature = private.sign(_authenticated(PAYLOAD_TYPE, payload))
    return Envelope(
        payload=base64.b64encode(payload).decode(),
        payload_type=PAYLOAD_TYPE,
        signatures=[Signature(sig=base64.b64encode(signature).decode(), keyid=key_id(private.public_key()))],
    )


def read(content: bytes) -> Envelope:
    """An envelope from its JSON. Raises :class:`NotProven` for what is none."""
    try:
        return msgspec.json.decode(content, type=Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotProven(f"this is no signed envelope: {error}") from None


def verified(envelope: Envelope, public: Ed25519PublicKey) -> bytes:
    """The payload, once one of the signatures is that of the key. Raises :class:`NotProven`."""
    if envelope.payload_type != PAYLOAD_TYPE:
        raise NotProven(f"the envelope holds {envelope.payload_type[:80]!r}, not {PAYLOAD_TYPE}")
    payload = _decoded(envelope.payload, "payload")
    for one in envelope.signatures:
        try:
            public.verify(_decoded(one.sig, "signature"), _authenticated(envelope.payload_type, payload))
        except InvalidSignature:
            continue
        return payload
    names = sorted({one.keyid[:16] for one in envelope.signatures if one.keyid})
    if names and key_id(public)[:16] not in names:
        raise NotProven(
            f"the envelope was signed with another key: {', '.join(names)}…, this one is {key_id(public)[:16]}…"
        )
    raise NotProven("the signature is not right: the envelope was changed after it was signed")


def _authenticated(kind: str, payload: bytes) -> bytes:
    encoded = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(encoded), encoded, len(payload), payload)


def _decoded(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raise NotProven(f"the envelope's {what} is not base64") from None
