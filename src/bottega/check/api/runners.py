"""Scans for runners: who holds the lease of a run is told what to look for, and what came of it."""

from typing import Any

import msgspec
from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from bottega.agent.runner.transfers import SCAN_HEADER, SCAN_STATE_HEADER
from bottega.check.scans.delivery import ScansForRuns, Verdict
from bottega.http.errors import exception_handlers
from bottega.http.operation import JSON_UTF8, op
from bottega.transfers.api.leases import lease_of


@get("/agent/check-plan", **op("fetch_check_plan", "Fetch what a run is to scan", public=True))
def fetch_check_plan(
    scans_for_runs: NamedDependency[ScansForRuns], request: Request[Any, Any, Any], stage: FromQuery[str]
) -> Response[bytes]:
    delivered = scans_for_runs.plan(lease_of(request), stage)
    body = b"" if delivered.plan is None else msgspec.json.encode(delivered.plan)
    headers = {SCAN_HEADER: delivered.scan_id, SCAN_STATE_HEADER: delivered.state}
    return Response(body, media_type=JSON_UTF8, headers=headers)


@get("/agent/check-verdict", **op("fetch_check_verdict", "Ask what came of a scan", public=True))
def fetch_check_verdict(
    scans_for_runs: NamedDependency[ScansForRuns], request: Request[Any, Any, Any], scan: FromQuery[str]
) -> Verdict:
    return scans_for_runs.verdict(lease_of(request), scan)


ROUTER = Router(
    path="/",
    route_handlers=[fetch_check_plan, fetch_check_verdict],
    exception_handlers=exception_handlers(),
    include_in_schema=False,
)
