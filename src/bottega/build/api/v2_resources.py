"""What builds can run on, v2."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from bottega.build.api.families import v1
from bottega.build.api.paging import check_filter
from bottega.build.api.tenant_models import (
    CountdownRequestBody,
    ListPackageSpecStatusesResponse,
    ShowPackageSpecCountDownResponse,
)
from bottega.build.tenant.service import TenantService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get("/v2/resource/spec", **op("show_available_inner_spec", "List the sizes a build can have"))
def show_available_inner_spec(
    principal: NamedDependency[Principal],
    tenants: NamedDependency[TenantService],
    project_id: FromQuery[str],
    arch: FromQuery[str],
) -> list[str]:
    return tenants.specs(principal, project_id, arch)


@post(
    "/v2/resource/countdown",
    **op("show_package_spec_count_down", "List packages that are about to expire: there are none"),
)
def show_package_spec_count_down(
    principal: NamedDependency[Principal],  # noqa: ARG001
    data: JSONBody[CountdownRequestBody],  # noqa: ARG001
) -> ShowPackageSpecCountDownResponse:
    return ShowPackageSpecCountDownResponse()


@get(
    "/v2/resource/package-spec/status",
    **op("list_package_spec_statuses", "List the states of packages: there are none"),
)
def list_package_spec_statuses(
    principal: NamedDependency[Principal],
    tenants: NamedDependency[TenantService],
    project_id: FromQuery[str],
    status: FromQuery[str] = "",
) -> ListPackageSpecStatusesResponse:
    tenants.require_project(principal, project_id)
    check_filter(status, "status")
    return ListPackageSpecStatusesResponse()


ROUTER = v1([show_available_inner_spec, show_package_spec_count_down, list_package_spec_statuses])
