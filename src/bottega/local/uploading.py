"""``upload_artifact`` without a server: files are copied into a folder of this machine."""

# pathlib's import costs a runner more than what is done here.

from __future__ import annotations

import contextlib
import hashlib
import os

from bottega.agent.runner.transfers import TransferError, Transfers
from bottega.build.actions.upload_artifact import UploadArtifact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext

_PIECE = 1 << 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER_MODE, _FILE_MODE = 0o755, 0o644


class LocalUpload(UploadArtifact):
    """The step of a server's build, with a folder in place of the release repository.

    ``anchor`` is a folder that the build cannot replace, ``parts`` lead from there to where files are kept.
    """

    name = "local_upload"

    def check(self, raw: Mapping[str, Any]) -> None: ...

    def run(self, ctx: StepContext) -> int:
        own = ctx.inputs
        ctx.use_transfers(FolderTransfers(own["anchor"], own["parts"], ctx.refuse_if_halted))
        ctx.inputs = own["inputs"]
        return super().run(ctx)


class FolderTransfers(Transfers):
    """Keeps files as ``[package/][version/]path``; a file of the same name is replaced.

    A build in place may have left links where files shall go, so each folder is entered by descriptor and none of them
    through a link.
    """

    def __init__(self, anchor: str, parts: list[str], look_up: Callable[[], None]) -> None:
        self._anchor = anchor
        self._parts = parts
        self._look_up = look_up

    def upload(self, kind: str, details: Mapping[str, Any], descriptor: int, size: int) -> dict[str, Any]:
        if kind != "artifact":
            raise TransferError(f"a local build keeps no {kind}")
        *folders, name = [details["package"], details["version"], *details["path"].split("/")]
        parts = [*self._parts, *(part for part in folders if part)]
        shown = "/".join([self._anchor, *parts, name])
        try:
            with contextlib.ExitStack() as opened:
                folder = os.open(self._anchor, _FOLDER)
                opened.callback(os.close, folder)
                for part in parts:
                    folder = _enter(folder, part)
                    opened.callback(os.close, folder)
                digest = self._copy(descriptor, size, folder, name)
        except OSError as error:
            raise TransferError(f"{shown} cannot be written: {error.strerror}") from None
        return {"url": shown, "size": size, "sha256": digest, "replaced": ""}

    def _copy(self, source: int, size: int, folder: int, name: str) -> str:
        digest = hashlib.sha256()
        temporary = f".{os.urandom(8).hex()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        target = os.open(temporary, flags, _FILE_MODE, dir_fd=folder)
        try:
            os.fchmod(target, _FILE_MODE)
            copied = 0
            while copied < size:
                self._look_up()
                piece = _read(source, min(_PIECE, size - copied), copied)
                digest.update(piece)
                copied += _write(target, piece)
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            os.unlink(temporary, dir_fd=folder)
            raise
        finally:
            os.close(target)
        return digest.hexdigest()


def _enter(folder: int, name: str) -> int:
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, _FOLDER_MODE, dir_fd=folder)
    return os.open(name, _FOLDER, dir_fd=folder)


def _read(source: int, size: int, offset: int) -> bytes:
    piece = os.pread(source, size, offset)
    if not piece:
        raise TransferError("a file became shorter while it was copied")
    return piece


def _write(target: int, piece: bytes) -> int:
    view = memoryview(piece)
    while view:
        view = view[os.write(target, view) :]
    return len(piece)
