"""Checking a file against its proof, with nothing but the server's public key."""

import hashlib
from io import BufferedReader
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from bottega.artifacts.dsse import NotProven, read, verified
from bottega.artifacts.statement import PREDICATE_TYPE, STATEMENT_TYPE


class Unusable(Exception):
    """What was given to check with is of no use; the message says why."""


class Subject(msgspec.Struct, kw_only=True):
    name: str = ""
    digest: dict[str, str] = {}


class Statement(msgspec.Struct, kw_only=True, rename={"type": "_type", "predicate_type": "predicateType"}):
    """As much of it as is looked at; ``predicate`` is what the server states."""

    type: str
    subject: list[Subject]
    predicate_type: str
    predicate: dict[str, Any] = {}


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What is proven: this content was made as ``predicate`` tells. ``name`` is what the server calls the file."""

    name: str
    sha256: str
    predicate: dict[str, Any]


def public_key(pem: bytes) -> Ed25519PublicKey:
    """The key in a PEM file. Raises :class:`Unusable`."""
    try:
        key = load_pem_public_key(pem)
    except Exception:
        # The library has many kinds of errors for bad files.
        raise Unusable("the key is no public key in PEM form") from None
    if not isinstance(key, Ed25519PublicKey):
        raise Unusable("the key is no Ed25519 key")
    return key


def prove(file: BufferedReader, envelope: bytes, key: Ed25519PublicKey) -> Proof:
    """What the envelope proves of the file. Raises :class:`NotProven`, ``OSError``."""
    payload = verified(read(envelope), key)
    try:
        stated = msgspec.json.decode(payload, type=Statement)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotProven(f"the envelope holds no statement: {error}") from None
    if (stated.type, stated.predicate_type) != (STATEMENT_TYPE, PREDICATE_TYPE):
        raise NotProven(f"the envelope states something else: {stated.predicate_type[:80]!r}")
    found = hashlib.file_digest(file, "sha256").hexdigest()
    for subject in stated.subject:
        if subject.digest.get("sha256") == found:
            return Proof(name=subject.name, sha256=found, predicate=stated.predicate)
    known = ", ".join(f"{one.name} {one.digest.get('sha256', '')}" for one in stated.subject)
    raise NotProven(f"the file's sha256 is {found}, the envelope is about {known[:300]}")
