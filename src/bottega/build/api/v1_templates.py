"""Templates, v1: custom ones, official ones, recommendations, and the build.yml a task begins with."""

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from bottega.build.api.arguments import JobId, PageSize
from bottega.build.api.envelopes import StatusEnvelope
from bottega.build.api.families import v1
from bottega.build.api.paging import check_filter, check_size
from bottega.build.api.template_arguments import (
    DEFAULT_SIZE,
    FIRST_PAGE,
    PageFromOne,
    PageSizeText,
    PageText,
    TemplateFilterWord,
    TemplateUuid,
    page_from_one,
    page_text,
    size_text,
)
from bottega.build.api.template_models import (
    CreateTemplateResponse,
    CreateTemplatesRequestBody,
    ListOfficialTemplateResponse,
    ListOfficialTemplateResult,
    ListRecommendOfficialTemplateRequestBody,
    ListTemplatesResponse,
    SaveTemplateUsedInfoRequestBody,
    SaveTemplateUsedInfoResponse,
    ShowTemplateResponse,
    ShowYamlTemplateResponse,
    StatusSuccessResultWithUUIDResult,
    item,
    items,
    official,
)
from bottega.build.templates.reading import TemplateFilter
from bottega.build.templates.service import TemplateService
from bottega.build.templates.views import Scope
from bottega.http.operation import op
from bottega.iam.principal import Principal


@post("/v1/template/create", **op("create_template", "Create a template"))
def create_template(
    principal: NamedDependency[Principal],
    templates: NamedDependency[TemplateService],
    data: JSONBody[CreateTemplatesRequestBody],
) -> CreateTemplateResponse:
    made = templates.create(principal, data.definition())
    return CreateTemplateResponse(result=StatusSuccessResultWithUUIDResult(uuid=made.uuid))


@delete("/v1/template/{uuid:str}/delete", **op("delete_template", "Delete a template"))
def delete_template(
    principal: NamedDependency[Principal], templates: NamedDependency[TemplateService], uuid: TemplateUuid
) -> StatusEnvelope:
    templates.delete(principal, uuid)
    return StatusEnvelope()


@get("/v1/template/custom", **op("list_custom_template", "List the templates of the tenant"))
def list_custom_template(
    *,
    principal: NamedDependency[Principal],
    templates: NamedDependency[TemplateService],
    name: FromQuery[str] = "",
    filter: TemplateFilterWord = "",
    page: PageFromOne = FIRST_PAGE,
    page_size: PageSize = DEFAULT_SIZE,
    tags: FromQuery[str] = "",
) -> ListTemplatesResponse:
    index, size = page_from_one(page), check_size(page_size, "page_size")
    words = (word.strip() for word in check_filter(tags, "tags").split(","))
    where = TemplateFilter(
        name=check_filter(name, "name"), only=filter, tool_types=tuple(word for word in words if word)
    )
    found, total = templates.page(principal, where, offset=index * size, limit=size)
    return items(principal, found, total)


@get("/v1/template/{uuid:str}/custom", **op("show_template", "Show a template"))
def show_template(
    principal: NamedDependency[Principal], templates: NamedDependency[TemplateService], uuid: TemplateUuid
) -> ShowTemplateResponse:
    return ShowTemplateResponse(result=item(principal, templates.show(principal, uuid)))


@get("/v1/template/officialtemplates", **op("list_official_template", "List the templates that come along"))
def list_official_template(
    principal: NamedDependency[Principal],
    templates: NamedDependency[TemplateService],
    name: FromQuery[str] = "",
    page: PageText = "",
    page_size: PageSizeText = "",
) -> ListOfficialTemplateResponse:
    index, size = page_text(page), size_text(page_size)
    found, total = templates.official_page(
        principal, check_filter(name, "name"), offset=index * size, limit=size
    )
    rows = [official(view) for view in found]
    return ListOfficialTemplateResponse(
        result=ListOfficialTemplateResult(total_size=float(total), items=rows)
    )


@post(
    "/v1/template/recommend",
    **op("list_recommend_official_template", "Recommend templates for a repository", threaded=False),
)
async def list_recommend_official_template(
    principal: NamedDependency[Principal],
    templates: NamedDependency[TemplateService],
    data: JSONBody[ListRecommendOfficialTemplateRequestBody],
) -> ListTemplatesResponse:
    found = await templates.recommender.recommend(principal, data.git_url, data.branch, data.tags or "")
    return items(principal, found, len(found))


@post(
    "/v1/template/custom/{uuid:str}/follow",
    **op("add_favourite_custom_template", "Star a template of the tenant"),
)
def add_favourite_custom_template(
    principal: NamedDependency[Principal], templates: NamedDependency[TemplateService], uuid: TemplateUuid
) -> StatusEnvelope:
    templates.follow(principal, Scope.CUSTOM, uuid)
    return StatusEnvelope()


@post(
    "/v1/template/custom/{uuid:str}/unfollow",
    **op("remover_favourite_custom_template", "Take the star from a template of the tenant"),
)
def remover_favourite_custom_template(
    principal: NamedDependency[Principal], templates: NamedDependency[TemplateService], uuid: TemplateUuid
) -> StatusEnvelope:
    templates.unfollow(principal, Scope.CUSTOM, uuid)
    return StatusEnvelope()


@post(
    "/v1/template/official/{uuid:str}/follow",
    **op("add_favourite_official_template", "Star a template that comes along"),
)
def add_favourite_official_template(
    principal: NamedDependency[Principal], templates: NamedDependency[TemplateService], uuid: TemplateUuid
) -> StatusEnvelope:
    templates.follow(principal, Scope.OFFICIAL, uuid)
    return StatusEnvelope()


@post(
    "/v1/template/official/{uuid:str}/unfollow",
    **op("remover_favourite_official_template", "Take the star from a template that comes along"),
)
def remover_favourite_official_template(
    principal: NamedDependency[Principal], templates: NamedDependency[TemplateService], uuid: TemplateUuid
) -> StatusEnvelope:
    templates.unfollow(principal, Scope.OFFICIAL, uuid)
    return StatusEnvelope()


@post("/v1/template/used-info", **op("save_template_used_info", "Note which template a task was made from"))
def save_template_used_info(
    principal: NamedDependency[Principal],
    templates: NamedDependency[TemplateService],
    data: JSONBody[SaveTemplateUsedInfoRequestBody],
) -> SaveTemplateUsedInfoResponse:
    templates.record_use(principal, data.job_id, data.template_id)
    return SaveTemplateUsedInfoResponse(result="success")


@get(
    "/v1/template/{job_id:str}/default-template",
    **op("show_yaml_template", "Show the build.yml a build task may begin with"),
)
def show_yaml_template(
    principal: NamedDependency[Principal],
    templates: NamedDependency[TemplateService],
    job_id: JobId,
    default_host: FromQuery[str] = "",
) -> ShowYamlTemplateResponse:
    return ShowYamlTemplateResponse(result=templates.default_yaml(principal, job_id, default_host))


ROUTER = v1(
    [
        create_template,
        delete_template,
        list_custom_template,
        show_template,
        list_official_template,
        list_recommend_official_template,
        add_favourite_custom_template,
        remover_favourite_custom_template,
        add_favourite_official_template,
        remover_favourite_official_template,
        save_template_used_info,
        show_yaml_template,
    ]
)
