"""Sealing secrets at rest with the server's master key."""

import contextlib
import os
import stat
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
        """Read the master key, or make one (mode 0600) when there is none yet.

        Raises :class:`SealBroken` for a file that is no master key, or that everybody may read.
        """
        try:
            with path.open("rb") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                key = file.read()
        except FileNotFoundError:
            _make_key(path)
            return cls.open(path)
        if len(key) != KEY_BYTES:
            raise SealBroken(f"{path} is damaged: a master key has {KEY_BYTES} bytes, it has {len(key)}")
        if mode & stat.S_IRWXO:
            raise SealBroken(f"{path} is open to everybody on this host (mode {mode:04o}): run chmod 600")
        return cls(key)

    def seal(self, plain: str, purpose: str) -> bytes:
        """Nonce and ciphertext of ``plain``."""
        return self.seal_bytes(plain.encode(), purpose)

    def unseal(self, sealed: bytes, purpose: str) -> str:
        """The text that was sealed. Raises :class:`SealBroken`."""
        return self.unseal_bytes(sealed, purpose).decode()

    def seal_bytes(self, plain: bytes, purpose: str) -> bytes:
        """Nonce and ciphertext of ``plain``, which need not be text."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, purpose.encode())

    def unseal_bytes(self, sealed: bytes, purpose: str) -> bytes:
        """The bytes that were sealed. Raises :class:`SealBroken`."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose.encode())
        except Exception as error:
            raise SealBroken(f"cannot unseal {purpose}: wrong master key or changed data") from error


def _make_key(path: Path) -> None:
    # Under its name it is complete at once: others may be starting at this moment, and one key wins.
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(AESGCM.generate_key(bit_length=KEY_BYTES * 8))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(temporary)
    finally:
        temporary.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
