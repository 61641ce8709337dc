"""The step "Download a file of the file manager" (``download_file``)."""

from __future__ import annotations

from bottega.build.actions import inputs
from bottega.build.actions.base import Action
from bottega.build.actions.fields import Field
from bottega.build.actions.inputs import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext

# The build's own user writes: a link that an earlier step left in the file's place leads nowhere that user may not
# write. The content comes on standard input and is in no argument list.
_WRITE = ("/bin/sh", "-c", 'umask 077 && rm -f -- "./$1" && cat >"./$1"', "download_file")

# What the graphical step of CodeArts calls it is documented nowhere; build.yml says "name".
_SPELLINGS = ("name", "fileName", "file_name")


class DownloadFileInputs:
    """``name``: the file as the file manager lists it."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def from_inputs(cls, raw: Mapping[str, Any]) -> DownloadFileInputs:
        """Raises InputError."""
        field = next((spelling for spelling in _SPELLINGS if raw.get(spelling)), "name")
        name = inputs.text(raw, field)
        if "/" in name or name in {".", ".."}:
            raise InputError(field, "must be the name of a file, without folders")
        return cls(name)


class DownloadFile(Action):
    """Puts a file of the file manager into the workspace, readable for the build's user alone."""

    name = "download_file"
    title = "Download a file of the file manager"
    module = "20061"
    fields = (Field("name", "text", "file as the file manager lists it", required=True),)

    def check(self, raw: Mapping[str, Any]) -> None:
        DownloadFileInputs.from_inputs(raw)

    def secret_files(self, raw: Mapping[str, Any]) -> list[str]:
        return [DownloadFileInputs.from_inputs(raw).name]

    def run(self, ctx: StepContext) -> int:
        name = DownloadFileInputs.from_inputs(ctx.inputs).name
        content, refusal = ctx.secret_file(name)
        if refusal:
            raise InputError("name", f"{name!r}: {refusal}")
        code = ctx.run([*_WRITE, name], network=False, stdin=content)
        if code == 0:
            ctx.log("INFO", f"{name}: {len(content)} bytes written to the workspace")
        else:
            ctx.log("ERROR", f"{name} cannot be written to the workspace")
        return code
