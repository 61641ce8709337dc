"""The server's key for proofs: one for all replicas, made when it is first needed, its private part sealed."""

import threading

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.artifacts.dsse import key_id
from bottega.artifacts.tables import SigningKey
from bottega.clock import epoch_ms
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

PURPOSE = "signing key"


class SigningKeys:
    """The oldest key is the one that signs."""

    def __init__(self, database: Database, secrets: SecretBox) -> None:
        self._database = database
        self._secrets = secrets
        self._lock = threading.Lock()
        self._private: Ed25519PrivateKey | None = None

    def private(self) -> Ed25519PrivateKey:
        """The key. Raises :class:`SealBroken` when it was sealed with another master key."""
        with self._lock:
            if self._private is None:
                row = self._row()
                plain = self._secrets.unseal_bytes(row.sealed_private, PURPOSE)
                self._private = Ed25519PrivateKey.from_private_bytes(plain)
            return self._private

    def public_pem(self) -> str:
        """Its public part, as PEM."""
        return self._row().public_pem

    def _row(self) -> SigningKey:
        with self._database.read() as session:
            found = _oldest(session)
        if found is not None:
            return found
        with self._database.write() as session:
            # Two replicas that start at once must not get a key each.
            self._database.one_at_a_time(session, "signing key")
            found = _oldest(session)
            if found is None:
                found = self._new()
                session.add(found)
            return found

    def _new(self) -> SigningKey:
        private = Ed25519PrivateKey.generate()
        plain = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return SigningKey(
            id=key_id(private.public_key()),
            sealed_private=self._secrets.seal_bytes(plain, PURPOSE),
            public_pem=pem.decode(),
            created_at=epoch_ms(),
        )


def _oldest(session: Session) -> SigningKey | None:
    return session.scalars(select(SigningKey).order_by(SigningKey.created_at, SigningKey.id).limit(1)).first()
