"""Waking each other: unix datagram sockets in folders of any depth. Linux only (/proc)."""

# pathlib's import costs the runner too much.
# ruff: noqa: PTH100, PTH101, PTH108

from __future__ import annotations

import contextlib
import os
import socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextlib.contextmanager
def short_address(path: str | Path) -> Generator[str]:
    """A name for a unix socket that fits into its 108 bytes however deep the folder is."""
    folder, name = os.path.split(os.path.abspath(path))
    handle = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{handle}/{name}"
    finally:
        os.close(handle)


def bind_datagrams(path: str | Path) -> socket.socket:
    """A non-blocking unix datagram socket at ``path`` (mode 0600); a left-over one is replaced."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        with short_address(path) as address:
            bound.bind(address)
        os.chmod(path, 0o600)
    except OSError:
        bound.close()
        raise
    return bound


def poke(path: str | Path) -> None:
    """Wake whoever listens at ``path``.

    Nobody there or a full queue is no error: both sides also look by themselves.
    """
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender,
        short_address(path) as address,
    ):
        sender.sendto(b"!", address)
