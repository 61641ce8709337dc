"""Permissions of files, v2."""

import re
from typing import Annotated

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from bottega.build.api.families import v1
from bottega.build.api.file_models import (
    AddKeystorePermissionRequestBody,
    KeystorePermissionResponse,
    ShowKeystorePermissionResponse,
    ShowKeystorePermissionResponseBodyResult,
    UpdateKeystorePermissionRequestBody,
    permission_row,
)
from bottega.build.api.paging import MAX_PAGE_SIZE, check_index
from bottega.build.api.v2_files import FileId
from bottega.build.files.service import FileService
from bottega.build.identifiers import HEX32_PATTERN
from bottega.errors import Invalid
from bottega.http.operation import op
from bottega.iam.principal import Principal

_PAGE = re.compile(r"[0-9]{1,9}")

PermissionId = Annotated[
    str, PathParameter(description="Id of a permission", schema_extra={"pattern": HEX32_PATTERN})
]
PageSize = Annotated[
    int,
    QueryParameter(
        description="Rows of a page; 0 means as many as are allowed",
        schema_extra={"minimum": 0, "maximum": MAX_PAGE_SIZE},
    ),
]
Page = Annotated[
    str, QueryParameter(description="Page, from 1", schema_extra={"pattern": "^0{0,3}[1-9][0-9]{0,5}$"})
]


@get(
    "/v2/keystore/permission/{keystore_id:str}/query",
    **op("show_keystore_permission", "List the permissions of a file"),
)
def show_keystore_permission(
    principal: NamedDependency[Principal],
    files: NamedDependency[FileService],
    keystore_id: FileId,
    page_size: PageSize,
    page: Page,
) -> ShowKeystorePermissionResponse:
    if not 0 <= page_size <= MAX_PAGE_SIZE:
        raise Invalid("page_size", f"{page_size} is not between 0 and {MAX_PAGE_SIZE}")
    if not _PAGE.fullmatch(page) or int(page) < 1:
        raise Invalid("page", f"{page[:80]!r} is not a page: they are counted from 1")
    limit = page_size or MAX_PAGE_SIZE
    offset = (check_index(int(page), "page") - 1) * limit
    rows, total = files.permissions.page(principal, keystore_id, offset=offset, limit=limit)
    return ShowKeystorePermissionResponse(
        result=ShowKeystorePermissionResponseBodyResult(
            total=total, permission_list=[permission_row(row) for row in rows]
        )
    )


@post("/v2/keystore/permission/add", **op("add_keystore_permission", "Give a user permissions on a file"))
def add_keystore_permission(
    principal: NamedDependency[Principal],
    files: NamedDependency[FileService],
    data: JSONBody[AddKeystorePermissionRequestBody],
) -> KeystorePermissionResponse:
    added = files.permissions.add(principal, data.keystore_id, data.user_id, data.grant())
    return KeystorePermissionResponse(result=added)


@post(
    "/v2/keystore/permission/edit",
    **op("update_keystore_permission", "Change a user's permissions on a file"),
)
def update_keystore_permission(
    principal: NamedDependency[Principal],
    files: NamedDependency[FileService],
    data: JSONBody[UpdateKeystorePermissionRequestBody],
) -> KeystorePermissionResponse:
    files.permissions.edit(principal, data.keystore_id, data.id, data.grant(), keep=data.kept())
    return KeystorePermissionResponse(result="")


@delete(
    "/v2/keystore/permission/{permission_id:str}/delete",
    **op("delete_keystore_permission", "Take a user's permissions on a file away"),
)
def delete_keystore_permission(
    principal: NamedDependency[Principal],
    files: NamedDependency[FileService],
    permission_id: PermissionId,
) -> KeystorePermissionResponse:
    files.permissions.remove(principal, permission_id)
    return KeystorePermissionResponse(result="")


ROUTER = v1(
    [
        show_keystore_permission,
        add_keystore_permission,
        update_keystore_permission,
        delete_keystore_permission,
    ]
)
