"""The step "Upload files to OBS" (``upload_obs``): to a bucket of OBS or of any store that speaks S3."""

from __future__ import annotations

import json
import re
import sys

from bottega.build.actions import inputs
from bottega.build.actions.base import Action, fail
from bottega.build.actions.fields import Field
from bottega.build.actions.inputs import InputError, is_a
from bottega.build.actions.workspace_files import Patterns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext

ENDPOINT, ACCESS_KEY, SECRET_KEY = "OBS_ENDPOINT", "OBS_ACCESS_KEY", "OBS_SECRET_KEY"
SECURITY_TOKEN, REGION = "OBS_SECURITY_TOKEN", "OBS_REGION"
JOB = "BOTTEGA_OBS_JOB"
"""Environment variable of the program that uploads: what it shall do, as JSON."""
_PROGRAM = "bottega.build.actions.obs_transfer"
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?", re.ASCII)
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}", re.ASCII)
_MAX_KEY = 512
_HEADERS = ("content-type", "cache-control", "content-disposition", "content-encoding", "content-language")
_META = ("x-obs-meta-", "x-amz-meta-")


class UploadObsInputs:
    """What goes where: build.yml's words, or those of the graphical step.

    ``folder`` and ``name`` are where it lands in the bucket; without a ``name`` files keep theirs. With ``directory``
    the folders that match go up too, with all that is below them. ``headers`` are those that can be sent, ``left_out``
    the names of others.
    """

    __slots__ = ("bucket", "directory", "folder", "headers", "left_out", "name", "pattern")

    def __init__(self, raw: Mapping[str, Any]) -> None:
        """Raises InputError."""
        path = _spelling(raw, "artifact_path", "artifactSourcePath")
        self.pattern = inputs.text(raw, path, "bin/*")
        try:
            Patterns(self.pattern)
        except ValueError as error:
            raise InputError(path, str(error)) from None
        bucket = _spelling(raw, "bucket_name", "backetName", "bucketName")
        self.bucket = inputs.text(raw, bucket)
        if not _BUCKET.fullmatch(self.bucket):
            raise InputError(bucket, "must be the name of a bucket: letters, digits, '.', '-' and '_'")
        folder = _spelling(raw, "obs_directory", "objectKey")
        self.folder = _key(folder, inputs.text(raw, folder, "./"))
        name = _spelling(raw, "artifact_dest_name", "artifactDestName")
        self.name = _key(name, inputs.text(raw, name, ""))
        self.directory = inputs.flag(raw, _spelling(raw, "upload_directory", "uploadDirectory"), False)
        if self.name and self.directory:
            raise InputError(name, "cannot be given together with a whole folder")
        self.headers: dict[str, str] = {}
        self.left_out: list[str] = []
        for header, value in _headers(raw).items():
            if header.lower() in _HEADERS or header.lower().startswith(_META):
                self.headers[header] = value
            else:
                self.left_out.append(header)


class UploadObs(Action):
    """Uploads files of the workspace with the keys of the task's parameters.

    A program of its own does it, as the agent and outside the sandbox, where the build can neither see the keys nor
    change what is read; it can be stopped like a command. It goes nowhere a build could not go: where builds have no
    network, nothing is uploaded.
    """

    name = "upload_obs"
    title = "Upload files to OBS"
    module = "20057"
    fields = (
        Field("artifact_path", "text", "files of the workspace; bin/* unless given"),
        Field("bucket_name", "text", "name of the bucket", required=True),
        Field("obs_directory", "text", "folder in the bucket; ./ unless given"),
        Field("artifact_dest_name", "text", "name of the object"),
        Field("upload_directory", "flag", "whether whole folders are uploaded"),
        Field("headers", "mapping", "headers of the objects"),
    )

    def check(self, raw: Mapping[str, Any]) -> None:
        UploadObsInputs(raw)

    def run(self, ctx: StepContext) -> int:
        wanted = UploadObsInputs(ctx.inputs)
        env = ctx.env
        missing = [name for name in (ENDPOINT, ACCESS_KEY, SECRET_KEY) if not env.get(name)]
        if missing:
            return fail(
                ctx, f"{' and '.join(missing)} must be parameters of the task; make the keys private ones"
            )
        if not _ENDPOINT.fullmatch(env[ENDPOINT]):
            return fail(
                ctx, f"{ENDPOINT} must be an address such as https://obs.cn-north-4.myhuaweicloud.com"
            )
        if not ctx.network:
            return fail(ctx, "nothing is uploaded: this build has no network")
        for header in wanted.left_out:
            ctx.log("WARN", f"the header {header[:80]!r} is not sent")
        job = {
            "workspace": ctx.workspace,
            **{
                name: getattr(wanted, name)
                for name in ("pattern", "bucket", "folder", "name", "directory", "headers")
            },
            "endpoint": env[ENDPOINT].rstrip("/"),
            "region": env.get(REGION, ""),
            "access_key": env[ACCESS_KEY],
            "secret_key": env[SECRET_KEY],
            "security_token": env.get(SECURITY_TOKEN, ""),
        }
        # Only the agent's own user can read a process's environment; an argument list can be read by all.
        code = ctx.run_trusted([sys.executable, "-I", "-m", _PROGRAM], env={JOB: json.dumps(job)}, cwd="/")
        if code:
            reason = ctx.complaint().removeprefix("error: ")
            if reason:
                return fail(ctx, reason, code)
        return code


def _spelling(raw: Mapping[str, Any], *names: str) -> str:
    return next((name for name in names if raw.get(name) not in (None, "")), names[0])


def _key(field: str, text: str) -> str:
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if ".." in parts or not text.isprintable():
        raise InputError(field, "must not contain '..' or control characters")
    found = "/".join(parts)
    if len(found.encode("utf-8", "replace")) > _MAX_KEY:
        raise InputError(field, f"must have at most {_MAX_KEY} bytes")
    return found


def _headers(raw: Mapping[str, Any]) -> dict[str, str]:
    """From a map, or from the graphical step's list of ``headerKey`` and ``headerValue``."""
    field = _spelling(raw, "headers", "obsHeaders")
    given: Any = raw.get(field) or {}
    if is_a(given, dict):
        pairs: list[Any] = [{"headerKey": name, "headerValue": given[name]} for name in given]
    elif is_a(given, list):
        pairs = given
    else:
        raise InputError(field, "must be a map of headers")
    found: dict[str, str] = {}
    for pair in pairs:
        if not is_a(pair, dict):
            raise InputError(field, "must be a list of headerKey and headerValue")
        try:
            name = inputs.text(pair, "headerKey", "").strip()
            value = inputs.text(pair, "headerValue", "").strip()
        except InputError as error:
            raise InputError(field, f"{error.field} {error.reason}") from None
        if not (name + value).isprintable() or not (name + value).isascii():
            raise InputError(field, f"{name[:40]!r} has characters that no header can have")
        if name:
            found[name] = value
    return found
