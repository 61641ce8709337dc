"""What the caller's account is and has: IAM projects and domains, as clients ask for by themselves."""

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from bottega.http.operation import op
from bottega.iam.api.base_url import base_url
from bottega.iam.callers import Caller
from bottega.iam.service import IamService
from bottega.iam.wire import DomainBody, DomainsResponse, ProjectsResponse, SelfLink, project_body


@get("/v3/projects", **op("keystone_list_projects", "List the account's IAM projects"))
def list_projects(
    *,
    request: Request[Any, Any, Any],
    iam: NamedDependency[IamService],
    caller: NamedDependency[Caller],
    name: FromQuery[str | None] = None,
    domain_id: FromQuery[str | None] = None,
    enabled: FromQuery[bool | None] = None,
) -> ProjectsResponse:
    url, tenant_id = base_url(request, iam), caller.principal.tenant_id
    projects = [
        project_body(project, url)
        for project in iam.tenants.iam_projects(tenant_id)
        if name in {None, project.name} and domain_id in {None, tenant_id} and enabled is not False
    ]
    return ProjectsResponse(projects=projects, links=SelfLink(self=f"{url}/v3/projects"))


@get(
    "/v3/auth/projects", **op("keystone_list_auth_projects", "List the IAM projects a token can be scoped to")
)
def list_auth_projects(
    request: Request[Any, Any, Any], iam: NamedDependency[IamService], caller: NamedDependency[Caller]
) -> ProjectsResponse:
    url = base_url(request, iam)
    projects = [
        project_body(project, url) for project in iam.tenants.iam_projects(caller.principal.tenant_id)
    ]
    return ProjectsResponse(projects=projects, links=SelfLink(self=f"{url}/v3/auth/projects"))


@get("/v3/auth/domains", **op("keystone_list_auth_domains", "Show the caller's account"))
def list_auth_domains(
    request: Request[Any, Any, Any], iam: NamedDependency[IamService], caller: NamedDependency[Caller]
) -> DomainsResponse:
    url, who = base_url(request, iam), caller.principal
    domain = DomainBody(
        id=who.tenant_id, name=who.tenant_name, links=SelfLink(self=f"{url}/v3/domains/{who.tenant_id}")
    )
    return DomainsResponse(domains=[domain], links=SelfLink(self=f"{url}/v3/auth/domains"))
