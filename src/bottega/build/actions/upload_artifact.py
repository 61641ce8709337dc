"""The step "Upload to the release repository" (``upload_artifact``)."""

from __future__ import annotations

from bottega.build.actions import inputs
from bottega.build.actions.base import Action, fail
from bottega.build.actions.fields import Field
from bottega.build.actions.inputs import InputError
from bottega.build.actions.workspace_files import Patterns, WalkTooLong, find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext
    from bottega.build.actions.workspace_files import Found

NOTHING_MATCHED = "DEV.CB.0220021"
"""CodeArts' code for a pattern that matches no file (reference, section 3.4)."""
MAX_FILES = 10_000
_CANDIDATES = 10
_LOOKED_AT = 20_000


class UploadInputs:
    """``pattern``: which files. ``name``: what the one file is called in the repository.

    ``folder``: where in the version they go. ``keep_folders``: the files' own folders come along; else all of them lie
    side by side, as CodeArts has it.
    """

    __slots__ = ("folder", "keep_folders", "name", "overwrite", "package", "pattern", "patterns", "version")

    def __init__(self, raw: Mapping[str, Any]) -> None:
        """Raises InputError. Graphical steps say ``file`` and ``buildVersion``, build.yml ``path`` and ``version``."""
        path = "file" if "file" in raw and "path" not in raw else "path"
        self.pattern = inputs.text(raw, path)
        try:
            self.patterns = Patterns(self.pattern)
        except ValueError as error:
            raise InputError(path, str(error)) from None
        version = "buildVersion" if "buildVersion" in raw and "version" not in raw else "version"
        self.version = _plain(raw, version)
        self.name = _plain(raw, "name")
        self.package = _plain(raw, "package")
        self.folder = _folder(inputs.text(raw, "customUploadPath", ""))
        if "keep_folders" in raw:
            self.keep_folders = inputs.flag(raw, "keep_folders", False)
        else:
            self.keep_folders = inputs.text(raw, "remainOriginPath", "FLAT").strip().upper() != "FLAT"
        self.overwrite = inputs.flag(raw, "overwrite", False)

    def path_of(self, found: str) -> str:
        """Where a file of the workspace lies in the version."""
        above, _, own = found.rpartition("/")
        name = self.name or own
        if self.keep_folders and above:
            name = f"{above}/{name}"
        return f"{self.folder}/{name}" if self.folder else name


class UploadArtifact(Action):
    """Hands files of the workspace to the release repository, which keeps them with proof of where they come from."""

    name = "upload_artifact"
    title = "Upload to the release repository"
    module = "20018"
    fields = (
        Field("path", "text", "files of the workspace, with *, ? and **", required=True),
        Field("version", "text", "version; the build number unless given"),
        Field("name", "text", "what the one file is called; its own name unless given"),
        Field("package", "text", "name of the package; the task's unless given"),
        Field("customUploadPath", "text", "folder below the version that the files go into"),
        Field("keep_folders", "flag", "whether files keep their folders"),
        Field("overwrite", "flag", "whether files of another build may be replaced"),
    )

    def check(self, raw: Mapping[str, Any]) -> None:
        UploadInputs(raw)

    def run(self, ctx: StepContext) -> int:
        given = UploadInputs(ctx.inputs)
        try:
            found = [one.path for one in find(ctx.workspace, given.patterns, ctx.refuse_if_halted)]
        except WalkTooLong as error:
            return fail(ctx, f"the workspace cannot be searched: {error}")
        if not found:
            return _nothing_matched(ctx, given)
        if len(found) > MAX_FILES:
            return fail(ctx, f"{given.pattern!r} matches {len(found)} files, {MAX_FILES} are allowed")
        if clash := _clash(given, found):
            return fail(ctx, clash)
        return _Uploading(ctx, given).all(set(found))


class _Uploading:
    def __init__(self, ctx: StepContext, given: UploadInputs) -> None:
        self._ctx = ctx
        self._given = given
        self._count = 0
        self._size = 0

    def all(self, chosen: set[str]) -> int:
        from bottega.agent.runner.transfers import TransferError  # noqa: PLC0415 - most runs upload nothing

        ctx = self._ctx
        try:
            # Found again, because only what is opened on the way there is sure to be in the workspace.
            for file in find(ctx.workspace, self._given.patterns, ctx.refuse_if_halted):
                if file.path in chosen:
                    chosen.discard(file.path)
                    self._one(file)
        except (TransferError, WalkTooLong) as error:
            return fail(ctx, f"not uploaded: {error}")
        except OSError as error:
            return fail(ctx, f"a file cannot be read: {error.strerror}")
        if chosen:
            return fail(ctx, f"{min(chosen)!r} was removed while the files were uploaded")
        ctx.log("INFO", f"{self._count} files with {self._size} bytes are in the release repository")
        return 0

    def _one(self, file: Found) -> None:
        given, path = self._given, self._given.path_of(file.path)
        details = {
            "path": path,
            "package": given.package,
            "version": given.version,
            "stage": self._ctx.stage,
            "overwrite": given.overwrite,
        }
        kept = self._ctx.transfers.upload("artifact", details, file.descriptor, file.status.st_size)
        self._count += 1
        self._size += file.status.st_size
        self._ctx.log("INFO", f"{file.path}: {kept['size']} bytes, sha256 {kept['sha256']}, {kept['url']}")
        if kept.get("replaced"):
            self._ctx.log("WARN", f"{path}: the file of build {kept['replaced']} was replaced")
        if kept.get("replaced_stage"):
            self._ctx.log("WARN", f"{path}: another file, which {kept['replaced_stage']} left, was replaced")


def _plain(raw: Mapping[str, Any], field: str) -> str:
    value = inputs.text(raw, field, "").strip()
    if "/" in value or value in {".", ".."}:
        raise InputError(field, "must be a name without slashes")
    return value


def _folder(value: str) -> str:
    parts = [one for one in value.strip().split("/") if one not in {"", "."}]
    if ".." in parts:
        raise InputError("customUploadPath", "must not contain '..'")
    return "/".join(parts)


def _clash(given: UploadInputs, found: list[str]) -> str:
    """Which two files would be one in the repository; empty when none would."""
    known: dict[str, str] = {}
    for path in found:
        target = given.path_of(path)
        if not _is_text(path):
            return f"the name of {path!r} is not valid UTF-8"
        if target in known:
            hint = (
                "the input name is for a single file"
                if given.name
                else "keep their folders (remainOriginPath, keep_folders), or choose one"
            )
            return (
                f"{known[target]!r} and {path!r} would both be {target!r} in the release repository: {hint}"
            )
        known[target] = path
    return ""


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _nothing_matched(ctx: StepContext, given: UploadInputs) -> int:
    reason = f"{NOTHING_MATCHED}: no file of the workspace matches {given.pattern!r}"
    nearest = _nearest(ctx, given.pattern)
    ctx.log("ERROR", reason)
    if nearest:
        ctx.log("ERROR", f"the nearest of what is there: {', '.join(nearest)}")
    else:
        ctx.log("ERROR", "there is no file in the workspace")
    ctx.explain(reason)
    return 1


def _nearest(ctx: StepContext, pattern: str) -> list[str]:
    """Up to ten files that look like what the pattern means: of that kind first, then by likeness of their paths."""
    from difflib import SequenceMatcher  # noqa: PLC0415 - only for a step that fails

    files: list[str] = []
    try:
        for file in find(ctx.workspace, Patterns("**"), ctx.refuse_if_halted):
            files.append(file.path)
            if len(files) == _LOOKED_AT:
                break
    except (WalkTooLong, OSError):
        ctx.log("DEBUG", "not all of the workspace was searched")
    wanted = pattern.partition(",")[0].strip()
    ending = wanted.rpartition(".")[2] if "." in wanted.rpartition("/")[2] else ""

    def unlikeness(path: str) -> tuple[bool, float, str]:
        same_kind = bool(ending) and path.endswith(f".{ending}")
        return not same_kind, -SequenceMatcher(None, wanted, path, autojunk=False).quick_ratio(), path

    return [repr(one) for one in sorted(files, key=unlikeness)[:_CANDIDATES]]
