"""The tenant and its projects, v1."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from bottega.build.api.arguments import PageSize
from bottega.build.api.families import v1
from bottega.build.api.paging import check_filter, check_size
from bottega.build.api.template_arguments import PageFromOne, page_from_one
from bottega.build.api.tenant_models import (
    DomainsStatusesRequestBody,
    ListRelatedProjectInfoResponse,
    ShowDomainFederationResponse,
    ShowDomainsStatusesResponse,
    ShowDomainStatusResponse,
    ShowDomainStatusResult,
    ShowRelatedProjectResponse,
    ShowSummaryBuildJobInfoResponse,
    ShowUserChargeTypeResponse,
    ShowUserChargeTypeResult,
    ShowUserOverPackageQuotaResponse,
    ShowUserOverPackageQuotaResult,
    own_status,
    related,
    related_page,
    summary,
)
from bottega.build.service import BuildService
from bottega.build.tenant.service import TenantService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get("/v1/domain/status", **op("show_domain_status", "Show the state of the tenant"))
def show_domain_status(principal: NamedDependency[Principal]) -> ShowDomainStatusResponse:  # noqa: ARG001
    return ShowDomainStatusResponse(result=ShowDomainStatusResult())


@post("/v1/domain/domains-statuses", **op("show_domains_statuses", "Show the states of tenants"))
def show_domains_statuses(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    data: JSONBody[DomainsStatusesRequestBody],
) -> ShowDomainsStatusesResponse:
    wanted = {one.strip() for one in (data.domain_ids or principal.tenant_id).split(",")}
    # Of other tenants nothing is known here, not even that they exist.
    own = [own_status(principal, builds.settings.api.region)] if principal.tenant_id in wanted else []
    return ShowDomainsStatusesResponse(result=own)


@get("/v1/domain/job-summary", **op("show_summary_build_job_info", "Count the tenant's tasks and builds"))
def show_summary_build_job_info(
    principal: NamedDependency[Principal], tenants: NamedDependency[TenantService]
) -> ShowSummaryBuildJobInfoResponse:
    return ShowSummaryBuildJobInfoResponse(result=summary(tenants.summary(principal)))


@get("/v1/domain/charge-type", **op("show_user_charge_type", "Show what the tenant is charged for: nothing"))
def show_user_charge_type(principal: NamedDependency[Principal]) -> ShowUserChargeTypeResponse:  # noqa: ARG001
    return ShowUserChargeTypeResponse(result=ShowUserChargeTypeResult())


@get("/v1/domain/federation", **op("show_domain_federation", "Tell whether users come from elsewhere: no"))
def show_domain_federation(principal: NamedDependency[Principal]) -> ShowDomainFederationResponse:  # noqa: ARG001
    return ShowDomainFederationResponse()


@get("/v1/domain/package/quota", **op("show_user_over_package_quota", "Show the quota of builds: unlimited"))
def show_user_over_package_quota(
    principal: NamedDependency[Principal],
    tenants: NamedDependency[TenantService],
    project_id: FromQuery[str],
) -> ShowUserOverPackageQuotaResponse:
    tenants.require_project(principal, project_id)
    return ShowUserOverPackageQuotaResponse(result=ShowUserOverPackageQuotaResult())


@get("/v1/domain/project/related", **op("show_related_project", "List all projects of the caller"))
def show_related_project(
    principal: NamedDependency[Principal], tenants: NamedDependency[TenantService]
) -> ShowRelatedProjectResponse:
    page = tenants.projects(principal, search="", offset=0, limit=None)
    return ShowRelatedProjectResponse(result=related(principal, page))


@get("/v1/domain/project/related-page", **op("list_related_project_info", "List projects of the caller"))
def list_related_project_info(
    principal: NamedDependency[Principal],
    tenants: NamedDependency[TenantService],
    page_size: PageSize = 10,
    page_no: PageFromOne = 1,
    search: FromQuery[str] = "",
) -> ListRelatedProjectInfoResponse:
    check_size(page_size, "page_size")
    index = page_from_one(page_no, "page_no")
    page = tenants.projects(
        principal, search=check_filter(search, "search"), offset=index * page_size, limit=page_size
    )
    return ListRelatedProjectInfoResponse(result=related_page(page))


ROUTER = v1(
    [
        show_domain_status,
        show_domains_statuses,
        show_summary_build_job_info,
        show_user_charge_type,
        show_domain_federation,
        show_user_over_package_quota,
        show_related_project,
        list_related_project_info,
    ]
)
