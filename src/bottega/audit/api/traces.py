"""``GET /v3/{project_id}/traces``, as the Cloud Trace Service answers it."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from bottega.audit.trail import AuditFilter, AuditTrail
from bottega.audit.wire import SERVICE_TYPE, ListTracesResponse, MetaData, trace
from bottega.errors import Invalid
from bottega.http.operation import op
from bottega.iam.principal import Principal
from bottega.texts import without_nul

DEFAULT_LIMIT = 10
LATEST = 2**53
"""The largest whole number that every client can write."""


@get("/v3/{project_id:str}/traces", **op("list_traces", "List audit events, newest first"))
def list_traces(
    *,
    principal: NamedDependency[Principal],
    audit: NamedDependency[AuditTrail],
    project_id: FromPath[str],  # noqa: ARG001 - the IAM project of the path says nothing the token does not
    limit: FromQuery[int] = DEFAULT_LIMIT,
    since: Annotated[int, QueryParameter(name="from")] = 0,
    to: FromQuery[int] = 0,
    after: Annotated[str, QueryParameter(name="next")] = "",
    service_type: FromQuery[str] = "",
    user: FromQuery[str] = "",
    resource_id: FromQuery[str] = "",
    resource_name: FromQuery[str] = "",
    resource_type: FromQuery[str] = "",
    trace_id: FromQuery[str] = "",
    trace_name: FromQuery[str] = "",
) -> ListTracesResponse:
    where = AuditFilter(
        since=_moment("from", since),
        until=_moment("to", to),
        name=without_nul("trace_name", trace_name),
        user_name=without_nul("user", user),
        resource_type=without_nul("resource_type", resource_type),
        resource_id=without_nul("resource_id", resource_id),
        resource_name=without_nul("resource_name", resource_name),
        event_id=without_nul("trace_id", trace_id),
        after=without_nul("next", after),
    )
    events = audit.page(principal, where, limit)
    if service_type not in {"", SERVICE_TYPE}:
        events = []
    marker = events[-1].id if len(events) == limit else None
    return ListTracesResponse(
        traces=[trace(event) for event in events], meta_data=MetaData(count=len(events), marker=marker)
    )


def _moment(field: str, epoch_ms: int) -> int:
    if not 0 <= epoch_ms <= LATEST:
        raise Invalid(field, f"expected 0 to {LATEST}")
    return epoch_ms
