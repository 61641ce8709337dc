"""Answers about the tenant, its projects and its resources, named as in the contract."""

import msgspec

from bottega.build.api.envelopes import ResultEnvelope
from bottega.build.tenant.service import ProjectPage, Summary
from bottega.iam.principal import Principal

NORMAL = 1
SERVICE_NAME = "CodeCI"


class ShowDomainStatusResult(msgspec.Struct, kw_only=True):
    """Status 1: in use. Nothing is bought here, so there is always quota."""

    status: int = NORMAL
    free_quota: bool = True
    allow_custom_env: int = 1


class ShowDomainStatusResponse(ResultEnvelope, kw_only=True):
    result: ShowDomainStatusResult


class DomainsStatusesRequestBody(msgspec.Struct, kw_only=True):
    """Ids joined by commas."""

    domain_ids: str | None = None


class DomainStatuses(msgspec.Struct, kw_only=True):
    domain_id: str
    domain_name: str
    region: str
    service_name: str = SERVICE_NAME
    free_quota: bool = True
    free_package_quota: bool = True
    status: int = NORMAL
    is_federation: int = 0
    is_whitelist: int = 0
    package_type: str = "CODEARTS_FREE"
    domain_type: int = 0
    domain_business_type: str = "NORMAL"
    domain_malicious_docker_args: str = ""
    allow_custom_env: int = 1
    spec_threshold: str = "[]"


class ShowDomainsStatusesResponse(ResultEnvelope, kw_only=True):
    result: list[DomainStatuses]


class JobSummary(msgspec.Struct, kw_only=True):
    avg_success_ratio: int
    build_no: int
    job_total: int
    version_total: str = "0"


class JobSummaryBodyResult(msgspec.Struct, kw_only=True):
    summary: JobSummary


class ShowSummaryBuildJobInfoResponse(ResultEnvelope, kw_only=True):
    result: JobSummaryBodyResult


class ShowUserChargeTypeResult(msgspec.Struct, kw_only=True):
    type: str = "free"
    charge_type: str = "free"
    main_resource_list: list[str] = msgspec.field(default_factory=list[str])


class ShowUserChargeTypeResponse(ResultEnvelope, kw_only=True):
    result: ShowUserChargeTypeResult


class ShowUserOverPackageQuotaResult(msgspec.Struct, kw_only=True):
    """``used_quota`` is left out where nothing is counted."""

    is_over_quota: bool = False
    build_quota: str = "unlimit"


class ShowUserOverPackageQuotaResponse(ResultEnvelope, kw_only=True):
    result: ShowUserOverPackageQuotaResult


class ShowRelatedProjectResultProjectInfoList(msgspec.Struct, kw_only=True):
    identifier: str
    name: str
    author_id: str
    is_creator: bool
    author_domain_id: str


class ShowRelatedProjectResult(msgspec.Struct, kw_only=True):
    total: int
    project_info_list: list[ShowRelatedProjectResultProjectInfoList]


class ShowRelatedProjectResponse(ResultEnvelope, kw_only=True):
    result: ShowRelatedProjectResult


class ListRelatedProjectInfoResultProjectInfoList(msgspec.Struct, kw_only=True):
    identifier: str
    name: str
    author_id: str
    author_domain_id: str
    status: int = NORMAL


class ListRelatedProjectInfoResult(msgspec.Struct, kw_only=True):
    total: int
    project_info_list: list[ListRelatedProjectInfoResultProjectInfoList]


class ListRelatedProjectInfoResponse(ResultEnvelope, kw_only=True):
    result: ListRelatedProjectInfoResult


class CountdownRequestBody(msgspec.Struct, kw_only=True):
    service_type: str
    resource_id: str
    reminder_day: str


class ShowPackageSpecCountDownResponse(ResultEnvelope, kw_only=True):
    """Always empty: packages that could expire are not sold here."""

    result: list[str] = msgspec.field(default_factory=list[str])


class ShowDomainFederationResponse(ResultEnvelope, kw_only=True):
    """Users of this server are its own; none come from an account of another identity provider."""

    result: bool = False


class ListPackageSpecStatusesResponse(ResultEnvelope, kw_only=True):
    """Always empty: a size of builds is nothing one buys here."""

    result: list[str] = msgspec.field(default_factory=list[str])


class ImageTemplate(msgspec.Struct, kw_only=True):
    image_id: str
    organization: str
    image_name: str
    image_label: str
    base_image: str
    title: str
    description: str
    create_time: str


class ShowImageTemplateListResponseBodyResult(msgspec.Struct, kw_only=True):
    image_templates: list[ImageTemplate]


class ShowImageTemplateListResponse(ResultEnvelope, kw_only=True):
    result: ShowImageTemplateListResponseBodyResult


def own_status(principal: Principal, region: str) -> DomainStatuses:
    """The caller's tenant."""
    return DomainStatuses(domain_id=principal.tenant_id, domain_name=principal.tenant_name, region=region)


def summary(figures: Summary) -> JobSummaryBodyResult:
    """The tenant's figures."""
    return JobSummaryBodyResult(
        summary=JobSummary(
            avg_success_ratio=figures.success_ratio, build_no=figures.builds, job_total=figures.tasks
        )
    )


def related(principal: Principal, page: ProjectPage) -> ShowRelatedProjectResult:
    """All projects of the caller."""
    rows = [
        ShowRelatedProjectResultProjectInfoList(
            identifier=project.id,
            name=project.name,
            author_id=project.creator_id,
            is_creator=project.creator_id == principal.user_id,
            author_domain_id=project.tenant_id,
        )
        for project in page.projects
    ]
    return ShowRelatedProjectResult(total=page.total, project_info_list=rows)


def related_page(page: ProjectPage) -> ListRelatedProjectInfoResult:
    """A page of the caller's projects."""
    rows = [
        ListRelatedProjectInfoResultProjectInfoList(
            identifier=project.id,
            name=project.name,
            author_id=project.creator_id,
            author_domain_id=project.tenant_id,
        )
        for project in page.projects
    ]
    return ListRelatedProjectInfoResult(total=page.total, project_info_list=rows)
