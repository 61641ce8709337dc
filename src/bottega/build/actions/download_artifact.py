"""The step "Download from the release repository" (``download_artifact``)."""

from __future__ import annotations

from bottega.build.actions import inputs
from bottega.build.actions.base import Action, fail
from bottega.build.actions.fields import Field
from bottega.build.actions.inputs import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext

# As for files of the file manager: the build's own user writes, so that no link leads anywhere that user may not write.
_WRITE = ("/bin/sh", "-c", 'rm -f -- "./$1" && cat >"./$1"', "download_artifact")


class DownloadInputs:
    """``url``: the file's address, as outputs and lists tell it. ``name``: what it is called in the workspace."""

    __slots__ = ("name", "url")

    def __init__(self, raw: Mapping[str, Any]) -> None:
        """Raises InputError."""
        self.url = inputs.text(raw, "url").strip()
        self.name = inputs.text(raw, "name", "").strip()
        if "/" in self.name or self.name in {".", ".."}:
            raise InputError("name", "must be the name of a file, without folders")


class DownloadArtifact(Action):
    """Puts a file of the release repository into the workspace, as it is: archives are not unpacked."""

    name = "download_artifact"
    title = "Download from the release repository"
    fields = (
        Field("url", "text", "address of the artifact", required=True),
        Field(
            "name", "text", "what the file is called in the workspace; the artifact's own name unless given"
        ),
    )

    def check(self, raw: Mapping[str, Any]) -> None:
        DownloadInputs(raw)

    def run(self, ctx: StepContext) -> int:
        # Most runs download nothing and need not pay for these.
        import tempfile  # noqa: PLC0415

        from bottega.agent.runner.transfers import Missing, TransferError  # noqa: PLC0415

        given = DownloadInputs(ctx.inputs)
        # Beside the workspace: on the disk that has room for builds, and where no build can reach it.
        with tempfile.TemporaryFile(dir=ctx.beside_workspace) as file:
            try:
                name, size, digest = _fetch(ctx, given.url, file)
            except Missing as error:
                return fail(ctx, f"{given.url[:200]!r} is not in the release repository: {error}")
            except TransferError as error:
                return fail(ctx, f"not downloaded: {error}")
            except OSError as error:
                return fail(ctx, f"the file cannot be kept on the agent: {error.strerror}")
            file.flush()
            file.seek(0)
            name = given.name or name
            code = ctx.run([*_WRITE, name], network=False, stdin=file.fileno())
        if code:
            return fail(ctx, f"{name!r} cannot be written to the workspace")
        ctx.log("INFO", f"{name}: {size} bytes, sha256 {digest}, written to the workspace")
        return 0


def _fetch(ctx: StepContext, url: str, file: Any) -> tuple[str, int, str]:
    """Name, size and SHA-256 of what was written to ``file``. Raises TransferError, OSError."""
    import hashlib  # noqa: PLC0415
    from urllib.parse import unquote  # noqa: PLC0415

    from bottega.agent.runner.transfers import TransferError  # noqa: PLC0415

    download = ctx.transfers.download("artifacts", {"url": url})
    if download.size > ctx.workspace_bytes:
        raise TransferError(f"it has {download.size} bytes, the workspace may have {ctx.workspace_bytes}")
    digest = hashlib.sha256()
    size = 0
    for piece in download.pieces:
        digest.update(piece)
        size += len(piece)
        if size > ctx.workspace_bytes:
            raise TransferError(f"it has more bytes than the workspace may have ({ctx.workspace_bytes})")
        file.write(piece)
    wanted = download.facts.get("etag", "").strip('"')
    if wanted and wanted != digest.hexdigest():
        raise TransferError("it came with other bytes than the server keeps")
    name = unquote(download.facts.get("x-bottega-name", "")).rpartition("/")[2]
    return name if name not in {"", ".", ".."} else "download", size, digest.hexdigest()
