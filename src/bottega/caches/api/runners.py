"""Caches for runners: who holds the lease of a run is given what its task, or its project, has left."""

from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Stream

from bottega.agent.runner.transfers import (
    CACHE_BUILD_HEADER,
    CACHE_ID_HEADER,
    CACHE_KEY_HEADER,
    CACHE_LIMIT_HEADER,
)
from bottega.caches.for_runs import CachesForRuns
from bottega.http.downloads import OCTETS, to_its_end
from bottega.http.errors import exception_handlers
from bottega.http.operation import op
from bottega.transfers.api.leases import lease_of


@get("/agent/caches", **op("fetch_cache", "Fetch a dependency cache for a run", public=True))
def fetch_cache(
    caches_for_runs: NamedDependency[CachesForRuns],
    request: Request[Any, Any, Any],
    tool: FromQuery[str],
    key: FromQuery[str],
) -> Response[Any]:
    found = caches_for_runs.best(lease_of(request), tool, key)
    content = None if found is None else caches_for_runs.content(found)
    # That there is none is a good answer too: the limit comes with it.
    headers = {CACHE_LIMIT_HEADER: str(caches_for_runs.limit)}
    if found is None or content is None:
        return Response(b"", media_type=OCTETS, headers=headers)
    headers |= {
        "Content-Length": str(found.size),
        "ETag": f'"{found.sha256}"',
        CACHE_ID_HEADER: found.id,
        CACHE_KEY_HEADER: found.key,
        CACHE_BUILD_HEADER: str(found.number),
    }
    return Stream(to_its_end(content), media_type=OCTETS, headers=headers)


ROUTER = Router(
    path="/",
    route_handlers=[fetch_cache],
    exception_handlers=exception_handlers(),
    include_in_schema=False,
)
