"""What an attempt knows of its dependency caches, and the folders of its home that outlive a command for them."""

# pathlib's import costs a runner more than what is done here.
# ruff: noqa: PTH101, PTH102, PTH103, PTH118

from __future__ import annotations

import os

from bottega.agent.sandbox import Bind
from bottega.agent.sandbox.facilities import Level
from bottega.agent.spool import KEPT_HOME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bottega.agent.runner.quota import Quota
    from bottega.agent.sandbox import Sandbox

_PARENT_MODE, _FOLDER_MODE = 0o711, 0o700


class Caches:
    """``keys`` are those the server has, ``unreadable`` the ids of what it has of a key and nobody could unpack.

    ``limit`` is how many bytes the server takes, 0 until it was asked.
    """

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.unreadable: dict[str, str] = {}
        self.limit = 0
        self._places: dict[str, str] = {}

    @property
    def folders(self) -> list[str]:
        """The folders below the home that are kept."""
        return list(self._places)

    def place(self, folder: str) -> str:
        """Where the agent finds a folder that is kept."""
        return self._places[folder]

    def keep(
        self, sandbox: Sandbox, quota: Quota, folder: str, *, beside: str, level: Level, uid: int | None
    ) -> bool:
        """Have ``folder`` below the home stay there for later commands; False when it did already.

        Where each command has a home of its own, the folder is made in ``beside`` and belongs to ``uid``. Raises
        OSError.
        """
        if folder in self._places:
            return False
        place = sandbox.path(f"/home/build/{folder}")
        if level is Level.BUBBLEWRAP:
            parent = os.path.join(beside, KEPT_HOME)
            os.makedirs(parent, mode=_PARENT_MODE, exist_ok=True)
            os.chmod(parent, _PARENT_MODE)
            place = os.path.join(parent, str(len(self._places)))
            os.mkdir(place, mode=_FOLDER_MODE)
            if uid is not None and uid != os.getuid():
                os.chown(place, uid, uid)
            quota.watch(place)
            sandbox.add_bind(Bind(place, f"/home/build/{folder}", writable=True))
        self._places[folder] = place
        return True
