"""A little disk space kept back, so that a build which fills the disk can still be reported."""

from __future__ import annotations

import contextlib
import os

_BYTES = 1 << 16


class Reserve:
    """Blocks taken when made, given back by ``release``. Raises OSError when there are none left."""

    def __init__(self, path: str) -> None:
        self._path = path
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, _BYTES)
        finally:
            os.close(descriptor)

    def release(self) -> None:
        """Give the blocks back; may be called again."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)  # noqa: PTH108 - import time
