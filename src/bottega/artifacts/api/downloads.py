"""Downloading files of the release repository: whole, in ranges, or not again when nothing has changed."""

from typing import Any, cast

from litestar import Request, Response, get, head
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.response import Stream

from bottega.artifacts.api.arguments import FileId, check_id
from bottega.artifacts.service import ArtifactService, File
from bottega.http.downloads import OCTETS, file_headers, to_its_end
from bottega.http.errors import INVALID_CODE, error_response
from bottega.http.operation import JSON_UTF8, ErrorBody, op
from bottega.http.ranges import Unsatisfiable, unchanged, wanted
from bottega.iam.principal import Principal

PARTS = {
    206: ResponseSpec(
        bytes, description="The part that Range names", media_type=OCTETS, generate_examples=False
    ),
    304: ResponseSpec(None, description="It is what If-None-Match names", generate_examples=False),
    416: ResponseSpec(
        ErrorBody,
        description=f"The range begins behind its end: {INVALID_CODE}",
        media_type=JSON_UTF8,
        generate_examples=False,
    ),
}


@get(
    "/v1/artifacts/files/{file_id:str}/download",
    responses=PARTS,
    **op("download_artifact_file", "Download a file of the release repository", media_type=OCTETS),
)
def download_artifact_file(
    principal: NamedDependency[Principal],
    artifacts: NamedDependency[ArtifactService],
    request: Request[Any, Any, Any],
    file_id: FileId,
) -> Response[Any]:
    file = artifacts.file(principal, check_id(file_id, "file_id"))
    return deliver(artifacts, file, request)


@head(
    "/v1/artifacts/files/{file_id:str}/download",
    **op("check_artifact_file", "Show the headers of such a download", media_type=OCTETS),
)
def check_artifact_file(
    principal: NamedDependency[Principal], artifacts: NamedDependency[ArtifactService], file_id: FileId
) -> Response[None]:
    file = artifacts.file(principal, check_id(file_id, "file_id"))
    # The framework knows no other way to write nothing as this type.
    nothing = cast("None", b"")
    return Response(nothing, media_type=OCTETS, headers=_headers(file, file.row.size))


def deliver(artifacts: ArtifactService, file: File, request: Request[Any, Any, Any]) -> Response[Any]:
    """The answer to a GET for this file."""
    size, tag = file.row.size, file.row.sha256
    if unchanged(request.headers.get("if-none-match"), tag):
        headers = _headers(file, 0)
        del headers["Content-Length"]
        return Response(b"", status_code=304, headers=headers)
    asked = request.headers.get("range")
    if asked and request.headers.get("if-range", f'"{tag}"') != f'"{tag}"':
        asked = None
    try:
        part = wanted(asked, size)
    except Unsatisfiable:
        refusal = error_response(416, INVALID_CODE, f"Range: the file has {size} bytes")
        refusal.headers["Content-Range"] = f"bytes */{size}"
        return refusal
    start, end = part or (0, size)
    headers = _headers(file, end - start)
    if part:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Stream(
        to_its_end(artifacts.content(file, start, end)),
        status_code=206 if part else 200,
        media_type=OCTETS,
        headers=headers,
    )


def _headers(file: File, length: int) -> dict[str, str]:
    return {
        **file_headers(file.row.path.rpartition("/")[2]),
        # Whoever keeps it has to ask again: the right to see it may be gone.
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "Content-Length": str(length),
        "ETag": f'"{file.row.sha256}"',
    }
