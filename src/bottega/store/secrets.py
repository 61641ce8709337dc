"""Sealing secrets at rest with the server's master key."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_BYTES = 32


class SealBroken(Exception):
    """The sealed text was changed, belongs to another purpose, or was sealed with another master key."""


class SecretBox:
    """AES-256-GCM; ``purpose`` is authenticated, so that a text sealed for one column cannot be moved to another."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def open(cls, path: Path) -> "SecretBox":
        """Read the master key, or make one (mode 0600) when there is none yet."""
        try:
            return cls(path.read_bytes())
        except FileNotFoundError:
            key = AESGCM.generate_key(bit_length=KEY_BYTES * 8)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(file.fileno())
            return cls(key)

    def seal(self, plain: str, purpose: str) -> bytes:
        """Nonce and ciphertext of ``plain``."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain.encode(), purpose.encode())

    def unseal(self, sealed: bytes, purpose: str) -> str:
        """The text that was sealed. Raises :class:`SealBroken`."""
        try:
            plain = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose.encode())
        except Exception as error:
            raise SealBroken(f"cannot unseal {purpose}: wrong master key or changed data") from error
        return plain.decode()
