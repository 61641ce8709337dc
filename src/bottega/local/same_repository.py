"""Whether a checkout means the repository that is built: remotes of a folder may be more than a checkout may."""

import re

from bottega.scm.repositories import same_repository

# Passwords and git's own protocol, which the server refuses in URLs, do not make it another repository.
_BEFORE_HOST = re.compile(r"^(?:git|https?|ssh)://(?:[^@/]*@)?", re.IGNORECASE)


def same(one: str, other: str) -> bool:
    """Host and path decide; scheme, user, password, port, and ``.git`` at the end do not."""
    return same_repository(_plain(one), _plain(other))


def _plain(address: str) -> str:
    return _BEFORE_HOST.sub("https://", address.strip(), count=1)
