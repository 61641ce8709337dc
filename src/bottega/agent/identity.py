"""Who an agent is and where it connects: the file enrolment wrote for it."""

import os
import platform
from pathlib import Path

import msgspec

from bottega.runs.flavors import written

ARCHITECTURES = {"x86_64": "x86-64", "amd64": "x86-64", "aarch64": "arm", "arm64": "arm"}


class IdentityError(Exception):
    """The agent's file is missing or unusable."""


class AgentIdentity(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """``key`` is the password of the agent's NATS user, which is limited to the agent's own subjects.

    ``server`` is where its runs reach the server over HTTP; empty where the server's public URL is right.
    """

    agent_id: str
    name: str
    pool: str
    url: str
    key: str
    server: str = ""

    def save(self, path: Path) -> None:
        """Write the file, readable by its owner only."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self.to_json())
        temporary.replace(path)

    def to_json(self) -> bytes:
        """What the file holds."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


def load_identity(path: Path) -> AgentIdentity:
    """Read the file. Raises :class:`IdentityError`."""
    try:
        return read_identity(path.read_bytes(), str(path))
    except OSError as error:
        raise IdentityError(f"cannot read the agent's file {path}: {error.strerror}") from None


def read_identity(content: bytes, source: str) -> AgentIdentity:
    """The identity in what a file held; ``source`` is named when it cannot be one. Raises :class:`IdentityError`."""
    try:
        return msgspec.json.decode(content, type=AgentIdentity)
    except msgspec.DecodeError as error:
        raise IdentityError(f"{source} is not an agent's file: {error}") from None


def host_arch() -> str:
    """The architecture of this host in the words build tasks use: ``x86-64`` or ``arm``."""
    machine = platform.machine().lower()
    return ARCHITECTURES.get(machine, machine)


def host_resources() -> tuple[int, int]:
    """CPUs and bytes of memory of this host."""
    return os.cpu_count() or 1, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def host_size() -> str:
    """CPUs and memory of this host, written as a flavor: ``8u16g``."""
    return written(*host_resources())
