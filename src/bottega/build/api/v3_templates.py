"""The tenant's templates, v3: the same services, other paths and frames."""

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from bottega.build.api.families import v3
from bottega.build.api.paging import check_filter
from bottega.build.api.template_arguments import PageSizeText, PageText, TemplateUuid, page_text, size_text
from bottega.build.api.template_models import (
    CreateTemplatesRequestBody,
    CreateTemplatesResponse,
    DeleteTemplatesResponse,
    ListTemplatesResponse,
    created,
    items,
)
from bottega.build.templates.reading import TemplateFilter
from bottega.build.templates.service import TemplateService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@post("/v3/templates/create", **op("create_templates", "Create a template (v3)"))
def create_templates(
    principal: NamedDependency[Principal],
    templates: NamedDependency[TemplateService],
    data: JSONBody[CreateTemplatesRequestBody],
) -> CreateTemplatesResponse:
    return CreateTemplatesResponse(result=created(principal, templates.create(principal, data.definition())))


@get("/v3/templates/query", **op("list_templates", "List the templates of the tenant (v3)"))
def list_templates(
    principal: NamedDependency[Principal],
    templates: NamedDependency[TemplateService],
    name: FromQuery[str] = "",
    page: PageText = "",
    page_size: PageSizeText = "",
) -> ListTemplatesResponse:
    index, size = page_text(page), size_text(page_size)
    where = TemplateFilter(name=check_filter(name, "name"))
    found, total = templates.page(principal, where, offset=index * size, limit=size)
    return items(principal, found, total)


@delete("/v3/templates/{uuid:str}/delete", **op("delete_templates", "Delete a template (v3)"))
def delete_templates(
    principal: NamedDependency[Principal], templates: NamedDependency[TemplateService], uuid: TemplateUuid
) -> DeleteTemplatesResponse:
    return DeleteTemplatesResponse(result=[created(principal, templates.delete(principal, uuid))])


ROUTER = v3([create_templates, list_templates, delete_templates])
