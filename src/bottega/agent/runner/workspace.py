"""The folders of an attempt: workspace, and beside it home and tmp."""

# Importing pathlib would cost more than all that is done here.
# ruff: noqa: PTH112, PTH101, PTH102, PTH103, PTH116, PTH117, PTH120

from __future__ import annotations

import os

from bottega.agent.sandbox.facilities import Level

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bottega.agent.sandbox import Facilities

# Steps of other attempts run under other uids: they may pass through, not look around.
_PARENT_MODE = 0o711


class WorkspaceError(Exception):
    """The folders cannot be made; the message is a sentence for the build's owner."""


def prepare(workspace: str, uid: int | None) -> list[str]:
    """Make ``workspace``, ``../home`` and ``../tmp``, owned by ``uid``; returns the three paths.

    ``uid`` None keeps the runner's own. Raises WorkspaceError, also when one of them is there already: a
    workspace belongs to one attempt, and a link left in its place would lead the step elsewhere.
    """
    if not os.path.isabs(workspace) or os.path.normpath(workspace) != workspace:
        raise WorkspaceError(f"The workspace must be a plain absolute path, not {workspace!r}")
    parent = os.path.dirname(workspace)
    folders = [workspace, f"{parent}/home", f"{parent}/tmp"]  # noqa: S108
    try:
        os.makedirs(parent, exist_ok=True)
        os.chmod(parent, _PARENT_MODE)
        _require_passage(parent, uid)
        for folder in folders:
            os.mkdir(folder, mode=0o700)
            if uid is not None and uid != os.getuid():
                os.chown(folder, uid, uid)
    except OSError as error:
        raise WorkspaceError(f"The workspace cannot be made: {error.strerror}") from error
    return folders


def in_place(workspace: str, facilities: Facilities) -> list[str]:
    """The folders of a build that works where its owner does: ``workspace`` alone, which has to be there.

    Raises WorkspaceError, also where the sandbox has no home and tmp of its own: they would lie beside the workspace.
    """
    if facilities.level is not Level.BUBBLEWRAP:
        raise WorkspaceError(
            f"A build in place needs the sandbox bubblewrap; this host has {facilities.describe()}"
        )
    if not os.path.isdir(workspace):
        raise WorkspaceError(f"The workspace {workspace} is not a folder")
    return [workspace]


def _require_passage(folder: str, uid: int | None) -> None:
    while uid is not None:
        status = os.stat(folder)
        if not status.st_mode & 0o001 and status.st_uid != uid:
            raise WorkspaceError(
                f"The steps' user (uid {uid}) cannot pass through {folder}: it needs mode o+x"
            )
        if folder == "/":
            return
        folder = os.path.dirname(folder)
