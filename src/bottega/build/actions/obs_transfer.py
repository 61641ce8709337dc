"""The program that uploads files of a workspace to a bucket, for ``upload_obs``: it is started and never imported.

What it prints is the step's output. It ends with 1 after a line that begins with ``error:``.
"""

from __future__ import annotations

import json
import os
import re
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import obstore
from obstore.store import S3Store

from bottega.build.actions.upload_obs import JOB
from bottega.build.actions.workspace_files import Found, Patterns, WalkTooLong, find

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FILES = 10_000
_SCHEME_END = "://"
_META = re.compile(r"x-(?:obs|amz)-meta-(.+)", re.IGNORECASE)
_BY_HOST = (".myhuaweicloud.com", ".myhuaweicloud.cn", ".amazonaws.com", ".aliyuncs.com")
"""Stores where each bucket has a host name of its own; elsewhere its name is the beginning of the path."""
_OBS_HOST = re.compile(r"obs\.([a-z0-9-]+)\.myhuaweicloud\.")
_DEFAULT_REGION = "us-east-1"
_PART_BYTES = 8 << 20
_MOST_PARTS = 9_000
_AT_ONCE = 4
_REASON = 300


class Refused(Exception):
    """The upload cannot be done; the message is for the user."""


class Job:
    """What :class:`~bottega.build.actions.upload_obs.UploadObs` wants, with the names it gave it."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.workspace: str = given["workspace"]
        self.pattern: str = given["pattern"]
        self.bucket: str = given["bucket"]
        self.folder: str = given["folder"]
        self.name: str = given["name"]
        self.directory: bool = given["directory"]
        self.headers: dict[str, str] = given["headers"]
        self.endpoint: str = given["endpoint"]
        self.region: str = given["region"]
        self.access_key: str = given["access_key"]
        self.secret_key: str = given["secret_key"]
        self.security_token: str = given["security_token"]
        self._exact = Patterns(self.pattern)

    def files(self) -> Iterator[Found]:
        """The files to be uploaded, one after the other; none that a link leads to."""
        patterns = Patterns(self.pattern, ("**",)) if self.directory else self._exact
        return find(self.workspace, patterns, lambda: None)

    def key(self, path: str) -> str:
        """What the file is called in the bucket: its own name, or that of the folder that matched and all below."""
        parts = path.split("/")
        kept = self.name or parts[-1]
        if self.directory:
            start = next(at for at in range(len(parts)) if self._exact.matches("/".join(parts[: at + 1])))
            kept = "/".join(parts[start:])
        return f"{self.folder}/{kept}" if self.folder else kept

    def plan(self) -> dict[str, str]:
        """Key -> path of all files. Raises :class:`Refused`."""
        plan: dict[str, str] = {}
        for file in self.files():
            if len(plan) == MAX_FILES:
                raise Refused(f"more than {MAX_FILES} files match {self.pattern!r}")
            key = self.key(file.path)
            if key in plan:
                raise Refused(f"two files would become {key!r}: {plan[key]!r} and {file.path!r}")
            plan[key] = file.path
        if not plan:
            raise Refused(f"no file matches {self.pattern!r}: nothing is uploaded (DEV.CB.0220021)")
        return plan

    def store(self) -> S3Store:
        """The bucket."""
        host = self.endpoint.partition(_SCHEME_END)[2]
        by_host = host.partition(":")[0].endswith(_BY_HOST)
        endpoint = (
            self.endpoint.replace(_SCHEME_END, f"{_SCHEME_END}{self.bucket}.", 1)
            if by_host
            else self.endpoint
        )
        named = _OBS_HOST.match(host)
        token: dict[str, Any] = {"session_token": self.security_token} if self.security_token else {}
        return S3Store(
            self.bucket,
            endpoint=endpoint,
            region=self.region or (named[1] if named else _DEFAULT_REGION),
            access_key_id=self.access_key,
            secret_access_key=self.secret_key,
            virtual_hosted_style_request=by_host,
            client_options={"allow_http": self.endpoint.startswith("http:")},
            retry_config={"max_retries": 5, "retry_timeout": timedelta(seconds=60)},
            **token,
        )

    def attributes(self) -> dict[str, str]:
        """The headers as the store's library calls them."""
        found: dict[str, str] = {}
        for name, value in self.headers.items():
            meta = _META.fullmatch(name)
            found[meta[1].lower() if meta else name.title()] = value
        return found


def upload(job: Job) -> None:
    """Upload everything. Raises :class:`Refused`."""
    plan = job.plan()
    keys = {path: key for key, path in plan.items()}
    store, attributes = job.store(), job.attributes()
    for found in job.files():
        key = keys.pop(found.path, None)
        if key is None:
            continue
        size = found.status.st_size
        with found.open() as file:
            try:
                obstore.put(
                    store,
                    key,
                    file,
                    attributes=attributes or None,
                    chunk_size=max(_PART_BYTES, size // _MOST_PARTS + 1),
                    max_concurrency=_AT_ONCE,
                )
            except Exception as error:
                reason = " ".join(str(error).split())[:_REASON]
                raise Refused(
                    f"{found.path!r} cannot be uploaded to the bucket {job.bucket}: {reason}"
                ) from None
        print(f"{found.path} ({size} bytes) uploaded as {job.bucket}/{key}", flush=True)
    if keys:
        raise Refused(f"{next(iter(keys))!r} cannot be read any more")


def main() -> int:
    """Exit code."""
    job = Job(json.loads(os.environ.pop(JOB)))
    try:
        upload(job)
    except (Refused, WalkTooLong) as refusal:
        print(f"error: {refusal}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
