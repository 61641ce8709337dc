"""Folders that a step is to be shown although its user could not get there, such as a Python below /root.

Bubblewrap opens what it shows with the rights of the step's user. An agent that is root mounts such folders where that
user can pass, in a mount namespace of the step's own, before it becomes that user: nothing is copied, and no mode of
the host is changed.
"""

# pathlib's import costs a runner more than what is done here.
# ruff: noqa: PTH103, PTH112, PTH116, PTH118, PTH120

from __future__ import annotations

import os

from .step import Bind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

PASSAGES = "shown"
"""Beside the workspace: where such folders are mounted."""
_PARENT_MODE, _FOLDER_MODE = 0o711, 0o755


def is_closed(path: str, uid: int) -> bool:
    """Whether a folder on the way to ``path`` lets only others than ``uid`` pass."""
    folder = os.path.dirname(path)
    while True:
        status = os.stat(folder)
        if not status.st_mode & 0o001 and status.st_uid != uid:
            return True
        if folder == "/":
            return False
        folder = os.path.dirname(folder)


def opened(binds: Iterable[Bind], uid: int, beside: str) -> tuple[list[Bind], list[tuple[str, str]]]:
    """The binds as bubblewrap can show them, and what has to be mounted where before. ``beside`` is a folder of ours.

    Raises OSError.
    """
    shown: list[Bind] = []
    mounts: list[tuple[str, str]] = []
    for bind in binds:
        if bind.is_link or not os.path.isdir(bind.source) or not is_closed(bind.source, uid):
            shown.append(bind)
            continue
        parent = os.path.join(beside, PASSAGES)
        os.makedirs(parent, exist_ok=True)
        os.chmod(parent, _PARENT_MODE)  # noqa: PTH101
        place = os.path.join(parent, str(len(mounts)))
        os.makedirs(place, exist_ok=True)
        os.chmod(place, _FOLDER_MODE)  # noqa: PTH101
        mounts.append((bind.source, place))
        shown.append(Bind(place, bind.target, writable=bind.writable))
    return shown, mounts
