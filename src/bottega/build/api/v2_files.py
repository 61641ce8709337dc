"""The file manager, v2: upload, list, change, delete, download."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter, RawBody

from bottega.build.api.families import v1
from bottega.build.api.file_models import (
    DeleteKeystoreResponse,
    ListKeystoreResponse,
    ListKeystoreSearchResponse,
    ListKeystoreSearchResponseBodyResult,
    UpdateKeystoreRequestBody,
    UpdateKeystoreResponse,
    UploadKeystoreRequestBody,
    UploadKeystoreResponse,
    UploadKeystoreResult,
    file_row,
    named,
)
from bottega.build.api.paging import check_filter, check_index, check_size
from bottega.build.files.names import MAX_NAME
from bottega.build.files.service import FileService
from bottega.build.identifiers import HEX32_PATTERN
from bottega.build.service import BuildService
from bottega.errors import Invalid
from bottega.http.downloads import OCTETS, attachment
from bottega.http.forms import FORM, read_form
from bottega.http.operation import op
from bottega.iam.principal import Principal

MAX_FORM_BYTES = 512 * 1024
"""Of an upload with all that is around the file."""
MAX_PARTS = 20
DEFAULT_SIZE = 10

_HEX32 = {"pattern": HEX32_PATTERN}

FileId = Annotated[str, PathParameter(description="Id of a file", schema_extra=_HEX32)]
FileIdInQuery = Annotated[str, QueryParameter(name="id", description="Id of the file", schema_extra=_HEX32)]
FileName = Annotated[
    str,
    QueryParameter(description="Name of a file", schema_extra={"min_length": 1, "max_length": MAX_NAME}),
]
DomainId = Annotated[str, QueryParameter(description="Id of the account", schema_extra=_HEX32)]
Page = Annotated[int, QueryParameter(description="Page, from 1", schema_extra={"minimum": 1})]
PageSize = Annotated[
    int, QueryParameter(description="Rows of a page", schema_extra={"minimum": 1, "maximum": 100})
]


@dataclass
class UploadOperation(Operation):
    """The form as the OpenAPI description shows it."""

    def __post_init__(self) -> None:
        text = Schema(type=OpenAPIType.STRING)
        form = Schema(
            type=OpenAPIType.OBJECT,
            properties={
                "file": Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY),
                "privacy": Schema(
                    type=OpenAPIType.STRING, min_length=1, description="true: consent to its being kept"
                ),
                "description": text,
            },
            required=["file", "privacy"],
        )
        self.request_body = RequestBody(content={FORM: OpenAPIMediaType(schema=form)}, required=True)


@post(
    "/v2/keystore/upload",
    request_max_body_size=MAX_FORM_BYTES,
    operation_class=UploadOperation,
    **op("upload_keystore", "Upload a file"),
)
def upload_keystore(
    principal: NamedDependency[Principal],
    files: NamedDependency[FileService],
    request: Request[Any, Any, Any],
    body: RawBody,
) -> UploadKeystoreResponse:
    form = UploadKeystoreRequestBody.from_form(read_form(request.content_type, body, MAX_PARTS))
    file = files.upload(principal, form.file.file_name, form.file.content, form.description)
    return UploadKeystoreResponse(result=UploadKeystoreResult(keystore_id=file.id))


@get("/v2/keystore/list", **op("list_keystore_search", "List files"))
def list_keystore_search(
    *,
    principal: NamedDependency[Principal],
    files: NamedDependency[FileService],
    builds: NamedDependency[BuildService],
    page_size: PageSize = DEFAULT_SIZE,
    page: Page = 1,
    search: FromQuery[str] = "",
) -> ListKeystoreSearchResponse:
    check_size(page_size, "page_size")
    if page < 1:
        raise Invalid("page", f"{page} is not a page: they are counted from 1")
    check_index(page, "page")
    views, total = files.page(
        principal, search=check_filter(search, "search"), offset=(page - 1) * page_size, limit=page_size
    )
    rows = [file_row(principal, view, builds.zone) for view in views]
    return ListKeystoreSearchResponse(
        result=ListKeystoreSearchResponseBodyResult(total=total, keystore_list=rows)
    )


@get("/v2/keystore/name", **op("list_keystore", "List the files the caller may use in builds"))
def list_keystore(
    principal: NamedDependency[Principal], files: NamedDependency[FileService]
) -> ListKeystoreResponse:
    return ListKeystoreResponse(result=[named(file) for file in files.usable(principal)])


@post("/v2/keystore/update/{id:str}", **op("update_keystore", "Rename, describe or share a file"))
def update_keystore(
    principal: NamedDependency[Principal],
    files: NamedDependency[FileService],
    file_id: Annotated[str, PathParameter(name="id", description="Id of a file", schema_extra=_HEX32)],
    data: JSONBody[UpdateKeystoreRequestBody],
) -> UpdateKeystoreResponse:
    if data.id != file_id:
        raise Invalid("id", "differs from the id in the path")
    files.update(principal, file_id, data.change())
    return UpdateKeystoreResponse()


@delete("/v2/keystore/{keystore_id:str}/delete", **op("delete_keystore", "Delete a file"))
def delete_keystore(
    principal: NamedDependency[Principal], files: NamedDependency[FileService], keystore_id: FileId
) -> DeleteKeystoreResponse:
    files.delete(principal, keystore_id)
    return DeleteKeystoreResponse()


@get(
    "/v2/keystore/download",
    **op("download_keystore_by_name", "Download a file by its name and id", media_type=OCTETS),
)
def download_keystore_by_name(
    *,
    principal: NamedDependency[Principal],
    files: NamedDependency[FileService],
    name: FileName,
    domain_id: DomainId,
    file_id: FileIdInQuery,
) -> Response[bytes]:
    return attachment(*files.download(principal, tenant_id=domain_id, name=name, file_id=file_id))


ROUTER = v1(
    [
        upload_keystore,
        list_keystore_search,
        list_keystore,
        update_keystore,
        delete_keystore,
        download_keystore_by_name,
    ]
)
