"""The actions that local builds have in place of checkouts. No agent has them: they read folders of this machine."""

# pathlib's import costs a runner more than what is done here.
# ruff: noqa: PTH101, PTH102, PTH103, PTH115, PTH116, PTH118, PTH120, PTH123, PTH211

from __future__ import annotations

import os
import shutil
import stat

from bottega.build.actions.base import Action

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext

_LOOK_EVERY = 100
_FOLDER_MODE = 0o755


class LocalSource(Action):
    """Copies the listed files of a folder into the empty workspace, before any command of the build has run.

    It copies as the agent, so it has to be the first step: a build that was there before could have left links.
    """

    name = "local_source"
    title = "Copy the folder"

    def check(self, raw: Mapping[str, Any]) -> None: ...

    def run(self, ctx: StepContext) -> int:
        folder, targets = ctx.inputs["folder"], ctx.inputs["targets"]
        with open(ctx.inputs["listed"], "rb") as listed:
            names = [name for name in listed.read().split(b"\0") if name]
        try:
            # All places are made before anything is copied: what is copied could be a link that stands in the way.
            copyings = [_Copying(ctx, folder, target) for target in targets]
            copied = sum(copying.all(names) for copying in copyings)
        except OSError as error:
            where = os.fsdecode(error.filename or "")
            ctx.log("ERROR", f"the folder cannot be copied: {where}: {error.strerror}")
            ctx.explain(f"the folder cannot be copied: {error.strerror}")
            return 1
        ctx.log("INFO", f"{copied} files of {folder} copied")
        return 0


class _Copying:
    """Copies below ``target``. Links are copied as links and never followed, neither here nor there."""

    def __init__(self, ctx: StepContext, folder: str, target: str) -> None:
        self._ctx = ctx
        self._from = os.fsencode(folder)
        workspace = os.fsencode(ctx.workspace)
        status = os.stat(workspace)
        self._owner = (status.st_uid, status.st_gid) if os.geteuid() == 0 else None
        self._to = os.path.normpath(os.path.join(workspace, os.fsencode(target)))
        if not self._to.startswith(workspace + b"/") and self._to != workspace:
            raise OSError(0, "the path of a checkout must be below the workspace", target)
        self._usable = {b"": True}
        os.makedirs(self._to, _FOLDER_MODE, exist_ok=True)
        self._own_up_to(workspace)

    def all(self, names: list[bytes]) -> int:
        """How many of them were copied; what is deleted, no file, or behind a link is not."""
        copied = 0
        for number, name in enumerate(names):
            if number % _LOOK_EVERY == 0:
                self._ctx.refuse_if_halted()
            copied += self._folder(os.path.dirname(name)) and self._one(name)
        return copied

    def _one(self, name: bytes) -> bool:
        source, target = os.path.join(self._from, name), os.path.join(self._to, name)
        try:
            status = os.lstat(source)
        except FileNotFoundError:
            # Deleted, and git does not know yet.
            return False
        if stat.S_ISLNK(status.st_mode):
            os.symlink(os.readlink(source), target)
            self._own(target)
            return True
        if not stat.S_ISREG(status.st_mode):
            return False
        shutil.copyfile(source, target, follow_symlinks=False)
        os.chmod(target, stat.S_IMODE(status.st_mode) & 0o777 | 0o600)
        # Tools that compare times, make for one, shall see what they would see in the folder.
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
        self._own(target)
        return True

    def _folder(self, name: bytes) -> bool:
        """Make the folder; False when it is no folder where the files come from."""
        known = self._usable.get(name)
        if known is None:
            known = self._usable[name] = self._folder(os.path.dirname(name)) and self._make(name)
        return known

    def _make(self, name: bytes) -> bool:
        try:
            status = os.lstat(os.path.join(self._from, name))
        except FileNotFoundError:
            return False
        if not stat.S_ISDIR(status.st_mode):
            return False
        target = os.path.join(self._to, name)
        try:
            os.mkdir(target, _FOLDER_MODE)
        except FileExistsError:
            # Where checkouts lie within each other it may be there, but as a folder.
            return stat.S_ISDIR(os.lstat(target).st_mode)
        self._own(target)
        return True

    def _own_up_to(self, workspace: bytes) -> None:
        folder = self._to
        while folder != workspace:
            self._own(folder)
            folder = os.path.dirname(folder)

    def _own(self, path: bytes) -> None:
        if self._owner is not None:
            os.lchown(path, *self._owner)


class LocalCheckout(Action):
    """Stands for a checkout of the repository that is built: its files are there already."""

    name = "local_checkout"
    title = "Code checkout"

    def check(self, raw: Mapping[str, Any]) -> None: ...

    def run(self, ctx: StepContext) -> int:
        url, folder = ctx.inputs["url"], ctx.inputs["folder"]
        ctx.log("INFO", f"no checkout of {url}: what is built are the files of {folder}")
        return 0
