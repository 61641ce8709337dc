"""What a step's command left of coverage reports for people: folders of pages, packed and given to whoever keeps them.

Like the figures they never fail a step. The archive grows beside the workspace, in a file that has no name: no build
can reach it, and nothing is left of it when the runner is killed.
"""

from __future__ import annotations

import os

from bottega.build.actions.workspace_files import Patterns, WalkTooLong, find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from bottega.agent.runner.context import StepContext

KIND = "coverage"
"""Of the upload; its details are ``stage``."""
MAX_FOLDERS = 200
MAX_FILES = 20_000
MAX_BYTES = 256 << 20
"""Of the pages, and of the archive too."""
_INDEX = "index.html"
_PIECE = 1 << 20
_FILE_MODE = 0o644


def collect(ctx: StepContext, pattern: str, since: int) -> None:
    """Give away the pages whose index came since ``since`` (of ``unit_tests.file_time``); one archive holds them all.

    Older pages are not this step's, as with figures.
    """
    try:
        folders = _folders(ctx, pattern, since)
        if folders:
            _send(ctx, folders)
    except WalkTooLong as error:
        _not_kept(ctx, str(error))
    except OSError as error:
        _not_kept(ctx, f"it cannot be packed: {error.strerror or type(error).__name__}")


def _not_kept(ctx: StepContext, reason: str) -> None:
    ctx.log("WARN", f"the coverage report for people is not kept: {reason}")


def _folders(ctx: StepContext, pattern: str, since: int) -> list[str]:
    """The outermost folders that ``pattern`` names and that have a new index."""
    named = Patterns(pattern)
    found: list[str] = []
    for file in find(ctx.workspace, Patterns(pattern, (_INDEX,)), ctx.refuse_if_halted):
        folder, _, name = file.path.rpartition("/")
        if name == _INDEX and folder and named.matches(folder) and file.status.st_ctime_ns >= since:
            found.append(folder)
    folders: list[str] = []
    # With the slash a folder comes right before all that is below it.
    for folder in sorted(found, key=lambda one: f"{one}/"):
        if not (folders and folder.startswith(f"{folders[-1]}/")):
            folders.append(folder)
    if len(folders) > MAX_FOLDERS:
        raise WalkTooLong(f"{pattern!r} names more than {MAX_FOLDERS} folders")
    return folders


def _send(ctx: StepContext, folders: list[str]) -> None:
    from tempfile import TemporaryFile  # noqa: PLC0415 - few steps have pages

    from bottega.agent.runner.transfers import TransferError  # noqa: PLC0415

    with TemporaryFile(dir=ctx.beside_workspace) as target:
        count = _pack(ctx, folders, target)
        target.flush()
        size = os.fstat(target.fileno()).st_size
        if size > MAX_BYTES:
            raise WalkTooLong(f"it has more than {MAX_BYTES >> 20} MiB")
        try:
            ctx.transfers.upload(KIND, {"stage": ctx.stage}, target.fileno(), size)
        except TransferError as error:
            _not_kept(ctx, str(error))
        else:
            ctx.log(
                "INFO", f"the coverage report for people is kept: {count} files, {size} bytes as an archive"
            )


def _pack(ctx: StepContext, folders: list[str], target: BinaryIO) -> int:
    """Write the archive; returns of how many files it is. Of several folders each keeps its path."""
    import zipfile  # noqa: PLC0415 - few steps have pages

    above = f"{folders[0]}/" if len(folders) == 1 else ""
    beginnings = tuple(f"{folder}/" for folder in folders)
    count = size = left_out = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in find(ctx.workspace, Patterns.below(folders), ctx.refuse_if_halted):
            name = file.path.removeprefix(above)
            if not file.path.startswith(beginnings) or not _portable(name):
                left_out += 1
                continue
            count += 1
            if count > MAX_FILES:
                raise WalkTooLong(f"it has more than {MAX_FILES} files")
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = _FILE_MODE << 16
            with archive.open(info, "w") as packed, file.open() as source:
                # Counted as it is read: a file may grow meanwhile.
                while piece := source.read(_PIECE):
                    ctx.refuse_if_halted()
                    size += len(piece)
                    if size > MAX_BYTES:
                        raise WalkTooLong(f"it has more than {MAX_BYTES >> 20} MiB")
                    packed.write(piece)
    if left_out:
        ctx.log(
            "DEBUG", f"{left_out} files are left out of the coverage report: their names are not portable"
        )
    return count


def _portable(name: str) -> bool:
    """Whether every unpacker takes it for a path below its folder: on Windows some others are not."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return "\\" not in name and name[1:2] != ":" and name.isprintable()
