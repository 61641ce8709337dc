"""Who an agent is and where it connects: the file enrolment wrote for it."""

import os
import platform
from pathlib import Path

import msgspec

ARCHITECTURES = {"x86_64": "x86-64", "amd64": "x86-64", "aarch64": "arm", "arm64": "arm"}


class IdentityError(Exception):
    """The agent's file is missing or unusable."""


class AgentIdentity(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """``key`` is the password of the agent's NATS user, which is limited to the agent's own subjects."""

    agent_id: str
    name: str
    pool: str
    url: str
    key: str

    def save(self, path: Path) -> None:
        """Write the file, readable by its owner only."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(self), indent=2))
        temporary.replace(path)


def load_identity(path: Path) -> AgentIdentity:
    """Read the file. Raises :class:`IdentityError`."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=AgentIdentity)
    except OSError as error:
        raise IdentityError(f"cannot read the agent's file {path}: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise IdentityError(f"{path} is not an agent's file: {error}") from None


def host_arch() -> str:
    """The architecture of this host in the words build tasks use: ``x86-64`` or ``arm``."""
    machine = platform.machine().lower()
    return ARCHITECTURES.get(machine, machine)
