"""Identifiers in the formats clients check for."""

import secrets
import uuid

_EXECUTION_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ACCESS_KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def new_hex() -> str:
    """32 lower-case hex characters: tasks, projects, users, tenants."""
    return uuid.uuid4().hex


def new_uuid() -> str:
    """36 characters with dashes: build projects and build records."""
    return str(uuid.uuid4())


def new_object_id() -> str:
    """24 lower-case hex characters: the second identifier of a template."""
    return secrets.token_hex(12)


def new_execution_id() -> str:
    """``j_`` and 8 alphanumerics, the executor-level name of a run."""
    return "j_" + "".join(secrets.choice(_EXECUTION_ALPHABET) for _ in range(8))


def new_access_key() -> str:
    """20 upper-case alphanumerics, as access key ids look."""
    return "".join(secrets.choice(_ACCESS_KEY_ALPHABET) for _ in range(20))


def new_secret(bytes_of_entropy: int = 30) -> str:
    """A URL-safe random secret (40 characters by default)."""
    return secrets.token_urlsafe(bytes_of_entropy)
