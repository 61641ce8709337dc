"""Looking through the release repository, and deleting versions."""

from typing import Any

from litestar import Request, delete, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from bottega.artifacts.api.arguments import FileId, ProjectQuery, VersionId, check_id
from bottega.artifacts.api.models import (
    DeleteVersionResponse,
    FilePage,
    ListFilesResponse,
    ListPackagesResponse,
    ListVersionsResponse,
    PackagePage,
    ShowFileResponse,
    VersionPage,
    file_row,
    package_row,
    version_row,
)
from bottega.artifacts.service import ArtifactService, FileFilter
from bottega.build.api.arguments import PageIndex, PageSize
from bottega.build.api.paging import check_filter, check_index, check_size
from bottega.http.operation import op
from bottega.iam.api.base_url import base_url
from bottega.iam.principal import Principal
from bottega.iam.service import IamService


@get("/v1/artifacts/packages", **op("list_packages", "List the packages of a project"))
def list_packages(
    *,
    principal: NamedDependency[Principal],
    artifacts: NamedDependency[ArtifactService],
    project: ProjectQuery,
    search: FromQuery[str] = "",
    page_index: PageIndex = 0,
    page_size: PageSize = 10,
) -> ListPackagesResponse:
    rows, total = artifacts.packages(
        principal,
        check_id(project, "project_id"),
        search=check_filter(search, "search"),
        **_page(page_index, page_size),
    )
    return ListPackagesResponse(result=PackagePage(total=total, packages=[package_row(one) for one in rows]))


@get("/v1/artifacts/versions", **op("list_package_versions", "List the versions of packages"))
def list_package_versions(
    *,
    principal: NamedDependency[Principal],
    artifacts: NamedDependency[ArtifactService],
    project: ProjectQuery,
    package: FromQuery[str] = "",
    page_index: PageIndex = 0,
    page_size: PageSize = 10,
) -> ListVersionsResponse:
    rows, total = artifacts.versions(
        principal,
        check_id(project, "project_id"),
        package=check_filter(package, "package"),
        **_page(page_index, page_size),
    )
    return ListVersionsResponse(result=VersionPage(total=total, versions=[version_row(one) for one in rows]))


@get("/v1/artifacts/files", **op("list_artifact_files", "List the files of the release repository"))
def list_artifact_files(
    *,
    principal: NamedDependency[Principal],
    artifacts: NamedDependency[ArtifactService],
    iam: NamedDependency[IamService],
    request: Request[Any, Any, Any],
    project: ProjectQuery,
    package: FromQuery[str] = "",
    version: FromQuery[str] = "",
    version_id: FromQuery[str] = "",
    record_id: FromQuery[str] = "",
    page_index: PageIndex = 0,
    page_size: PageSize = 10,
) -> ListFilesResponse:
    where = FileFilter(
        package=check_filter(package, "package"),
        version=check_filter(version, "version"),
        version_id=check_filter(version_id, "version_id"),
        record_id=check_filter(record_id, "record_id"),
    )
    rows, total = artifacts.files(
        principal, check_id(project, "project_id"), where, **_page(page_index, page_size)
    )
    base = base_url(request, iam)
    return ListFilesResponse(result=FilePage(total=total, files=[file_row(one, base) for one in rows]))


@get("/v1/artifacts/files/{file_id:str}", **op("show_artifact_file", "Show a file of the release repository"))
def show_artifact_file(
    principal: NamedDependency[Principal],
    artifacts: NamedDependency[ArtifactService],
    iam: NamedDependency[IamService],
    request: Request[Any, Any, Any],
    file_id: FileId,
) -> ShowFileResponse:
    file = artifacts.file(principal, check_id(file_id, "file_id"))
    return ShowFileResponse(result=file_row(file, base_url(request, iam)))


@delete(
    "/v1/artifacts/versions/{version_id:str}",
    **op("delete_package_version", "Delete a version of a package with its files"),
)
def delete_package_version(
    principal: NamedDependency[Principal], artifacts: NamedDependency[ArtifactService], version_id: VersionId
) -> DeleteVersionResponse:
    artifacts.delete_version(principal, check_id(version_id, "version_id"))
    return DeleteVersionResponse()


def _page(page_index: int, page_size: int) -> dict[str, int]:
    size = check_size(page_size, "page_size")
    return {"offset": check_index(page_index, "page_index") * size, "limit": size}
