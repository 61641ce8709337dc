"""Audit events as the Cloud Trace Service shows them, so that its clients can read them."""

import msgspec

from bottega.audit.tables import AuditEvent

SERVICE_TYPE = "CodeArtsBuild"


class TraceUserDomain(msgspec.Struct, kw_only=True):
    id: str


class TraceUser(msgspec.Struct, kw_only=True):
    id: str
    name: str
    domain: TraceUserDomain


class Trace(msgspec.Struct, kw_only=True):
    """One event; ``time`` and ``record_time`` are epoch milliseconds."""

    trace_id: str
    trace_name: str
    trace_type: str = "ApiCall"
    trace_rating: str = "normal"
    service_type: str = SERVICE_TYPE
    resource_type: str
    resource_id: str
    resource_name: str
    source_ip: str
    domain_id: str
    project_id: str
    time: int
    record_time: int
    message: str
    user: TraceUser


class MetaData(msgspec.Struct, kw_only=True):
    """``marker`` is sent back as ``next`` for the following page; null on the last."""

    count: int
    marker: str | None


class ListTracesResponse(msgspec.Struct, kw_only=True):
    traces: list[Trace]
    meta_data: MetaData


def trace(event: AuditEvent) -> Trace:
    """One row."""
    return Trace(
        trace_id=event.id,
        trace_name=event.name,
        resource_type=event.resource_type,
        resource_id=event.resource_id,
        resource_name=event.resource_name,
        source_ip=event.address,
        domain_id=event.tenant_id,
        project_id=event.project_id,
        time=event.at,
        record_time=event.at,
        message=event.detail,
        user=TraceUser(id=event.user_id, name=event.user_name, domain=TraceUserDomain(id=event.tenant_id)),
    )
