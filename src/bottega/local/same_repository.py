"""Whether two addresses mean one repository: people write it with ssh here and with https there."""

import re

_SCP = re.compile(r"(?:[^@/]+@)?([^:/]+):(?!//)(.+)")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^@/]*@)?([^:/]*)(?::[0-9]*)?/(.*)", re.IGNORECASE)


def same(one: str, other: str) -> bool:
    """Host and path decide; scheme, user, port, and ``.git`` at the end do not."""
    return identity(one) == identity(other)


def identity(address: str) -> tuple[str, str]:
    """Host in lower case and path; no host for a path of this machine."""
    found = _URL.fullmatch(address.strip()) or _SCP.fullmatch(address.strip())
    host, path = (found[1], found[2]) if found else ("", address.strip())
    return host.lower(), path.strip("/").removesuffix(".git").strip("/")
