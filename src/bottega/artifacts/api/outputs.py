"""What a build has left behind, as CodeArts Build tells it (reference, section 2.6)."""

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency

from bottega.artifacts.receiving import download_path
from bottega.artifacts.service import ArtifactService, File
from bottega.build.api.arguments import BuildNumber, JobId
from bottega.build.api.record_detail_models import OutPutInfoResult, OutPutResult, ShowOutputInfoResponse
from bottega.build.identifiers import build_number
from bottega.http.operation import op
from bottega.iam.api.base_url import base_url
from bottega.iam.principal import Principal
from bottega.iam.service import IamService

PACKAGE_TYPE = "generic"
TYPE = "file"


@get("/v1/job/{job_id:str}/{build_no:str}/output", **op("show_build_output", "Show the artifacts of a build"))
def show_build_output(
    *,
    principal: NamedDependency[Principal],
    artifacts: NamedDependency[ArtifactService],
    iam: NamedDependency[IamService],
    request: Request[Any, Any, Any],
    job_id: JobId,
    build_no: BuildNumber,
) -> ShowOutputInfoResponse:
    files = artifacts.of_build(principal, job_id, build_number(build_no, "build_no"))
    return ShowOutputInfoResponse(result=output(files, base_url(request, iam)))


@get(
    "/v3/jobs/{job_id:str}/{build_no:str}/output-info",
    **op("show_output_info", "Show the artifacts of a build (v3)"),
)
def show_output_info(
    *,
    principal: NamedDependency[Principal],
    artifacts: NamedDependency[ArtifactService],
    iam: NamedDependency[IamService],
    request: Request[Any, Any, Any],
    job_id: JobId,
    build_no: BuildNumber,
) -> ShowOutputInfoResponse:
    files = artifacts.of_build(principal, job_id, build_number(build_no, "build_no"))
    return ShowOutputInfoResponse(result=output(files, base_url(request, iam)))


def output(files: list[File], base: str) -> OutPutInfoResult:
    """All files by path, and the first by itself; a path that two versions have is told with its version."""
    found: dict[str, OutPutResult] = {}
    for file in files:
        key = file.row.path
        if key in found:
            key = f"{file.version.package}/{file.version.version}/{key}"
        found[key] = _result(file, base)
    return OutPutInfoResult(package_info=next(iter(found.values()), None), package_infos=found or None)


def _result(file: File, base: str) -> OutPutResult:
    return OutPutResult(
        project_id=file.version.project_id,
        name=file.row.path,
        version=file.version.version,
        package_type=PACKAGE_TYPE,
        uri=base + download_path(file.row.id),
        type=TYPE,
        daily_build_number=file.row.daily_number,
    )
