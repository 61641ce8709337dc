"""Why a build failed, v1."""

from litestar import get
from litestar.di import NamedDependency

from bottega.build.analysis.service import AnalysisService
from bottega.build.api.analysis_models import ShowLogAnalysisResponse, log_analysis
from bottega.build.api.arguments import BuildNumber, JobId, PageIndex, PageSize
from bottega.build.api.families import v1
from bottega.build.api.paging import check_index, check_size
from bottega.build.identifiers import build_number
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get(
    "/v1/log/{job_id:str}/{build_no:str}/analysis",
    **op("show_log_analysis", "Tell why a build failed"),
)
def show_log_analysis(
    *,
    principal: NamedDependency[Principal],
    analysis: NamedDependency[AnalysisService],
    job_id: JobId,
    build_no: BuildNumber,
    offset: PageIndex = 0,
    limit: PageSize = 10,
) -> ShowLogAnalysisResponse:
    page, size = check_index(offset, "offset"), check_size(limit, "limit")
    number = build_number(build_no, "build_no")
    found = analysis.analyse(principal, job_id, number, offset=page * size, limit=size)
    return ShowLogAnalysisResponse(result=log_analysis(found))


ROUTER = v1([show_log_analysis])
