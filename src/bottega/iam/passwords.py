"""Hashing and checking passwords with Argon2id. Slow on purpose: never call this on the event loop."""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bottega.errors import Invalid
from bottega.ids import new_secret

MIN_LENGTH = 8
MAX_LENGTH = 1024
# Each check takes 64 MiB; more at a time would let a burst of log-ins take the memory builds need.
CHECKS_AT_A_TIME = 2

HASHER = PasswordHasher()
_room = threading.BoundedSemaphore(CHECKS_AT_A_TIME)


def checked_password(password: str) -> str:
    """The password itself: 8 to 1024 characters. Raises :class:`Invalid` without repeating it."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Invalid("password", f"expected {MIN_LENGTH} to {MAX_LENGTH} characters")
    return password


def hash_password(password: str) -> str:
    """The encoded Argon2id hash, with its parameters and salt."""
    with _room:
        return HASHER.hash(password)


def password_matches(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; takes as long when there is no such user (None) or no hash."""
    if len(password) > MAX_LENGTH:
        password, password_hash = "", None
    with _room:
        try:
            return HASHER.verify(password_hash or _hash_of_nobody(), password) and bool(password_hash)
        except (VerificationError, InvalidHashError):
            return False


@cache
def _hash_of_nobody() -> str:
    return HASHER.hash(new_secret())
