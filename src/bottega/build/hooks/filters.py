"""What people choose of a hook: its name, its patterns, and a secret of their own."""

import msgspec

from bottega.build.hooks.proofs import new_secret
from bottega.errors import Invalid

MAX_PATTERNS = 20
MAX_PATTERN = 255
MAX_NAME = 128
MIN_SECRET, MAX_SECRET = 16, 255


class HookChoice(msgspec.Struct, frozen=True, kw_only=True):
    """``secret`` is made when it is empty."""

    name: str = ""
    branches: list[str] = []
    tags: list[str] = []
    secret: str = ""

    def checked(self) -> "HookChoice":
        """The choice with a secret. Raises :class:`Invalid`."""
        HookChange(name=self.name, branches=self.branches, tags=self.tags).check()
        return msgspec.structs.replace(self, secret=checked_secret(self.secret))


class HookChange(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a hook; None leaves as it is, an empty list has no patterns any more."""

    name: str | None = None
    branches: list[str] | None = None
    tags: list[str] | None = None

    def check(self) -> None:
        """Raises :class:`Invalid`."""
        if self.name is not None and (len(self.name) > MAX_NAME or not self.name.isprintable()):
            raise Invalid("name", f"must be at most {MAX_NAME} printable characters")
        _check_patterns("branches", self.branches or [])
        _check_patterns("tags", self.tags or [])


def checked_secret(secret: str) -> str:
    """The secret, or a new one when it is empty. Raises :class:`Invalid`."""
    if not secret:
        return new_secret()
    if not MIN_SECRET <= len(secret) <= MAX_SECRET:
        raise Invalid("secret", f"must have {MIN_SECRET} to {MAX_SECRET} characters; leave it out to get one")
    if not (secret.isascii() and secret.isprintable()) or secret != secret.strip():
        # It travels in headers.
        raise Invalid("secret", "must be printable ASCII characters without spaces around them")
    return secret


def _check_patterns(field: str, patterns: list[str]) -> None:
    if len(patterns) > MAX_PATTERNS:
        raise Invalid(field, f"has {len(patterns)} patterns, {MAX_PATTERNS} are allowed")
    for index, pattern in enumerate(patterns):
        if not 1 <= len(pattern) <= MAX_PATTERN or not pattern.isprintable():
            raise Invalid(f"{field}[{index}]", f"must be 1 to {MAX_PATTERN} printable characters")
