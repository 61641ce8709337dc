"""Files that builds have uploaded."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from bottega.artifacts.api.arguments import check_id
from bottega.artifacts.api.downloads import deliver
from bottega.artifacts.service import ArtifactService
from bottega.console.views.declaring import page as declared
from bottega.http.downloads import OCTETS
from bottega.iam.principal import Principal


@get("/artifacts/{file_id:str}", **declared(media_type=OCTETS))
def artifact(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    artifacts: NamedDependency[ArtifactService],
    file_id: FromPath[str],
) -> Response[Any]:
    return deliver(artifacts, artifacts.file(principal, check_id(file_id, "file_id")), request)


VIEWS = [artifact]
