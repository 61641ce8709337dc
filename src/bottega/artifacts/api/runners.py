"""Files of the release repository for runners: what the user who runs a build may see at that moment."""

from typing import Any
from urllib.parse import quote

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from bottega.artifacts.api.downloads import deliver
from bottega.artifacts.for_runs import ArtifactsForRuns
from bottega.http.errors import exception_handlers
from bottega.http.operation import op
from bottega.transfers.api.leases import lease_of

NAME_HEADER = "X-Bottega-Name"


@get(
    "/agent/artifacts",
    **op("fetch_artifact", "Fetch a file of the release repository for a run", public=True),
)
def fetch_artifact(
    artifacts_for_runs: NamedDependency[ArtifactsForRuns],
    request: Request[Any, Any, Any],
    url: FromQuery[str],
) -> Response[Any]:
    file = artifacts_for_runs.file(lease_of(request), url)
    answer = deliver(artifacts_for_runs.artifacts, file, request)
    answer.headers[NAME_HEADER] = quote(file.row.path)
    return answer


ROUTER = Router(
    path="/",
    route_handlers=[fetch_artifact],
    exception_handlers=exception_handlers(),
    include_in_schema=False,
)
