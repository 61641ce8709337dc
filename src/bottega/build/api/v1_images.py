"""Image templates, v1."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from bottega.build.api.families import v1
from bottega.build.api.tenant_models import (
    ImageTemplate,
    ShowImageTemplateListResponse,
    ShowImageTemplateListResponseBodyResult,
)
from bottega.build.images.service import template, templates
from bottega.http.downloads import OCTETS, attachment
from bottega.http.operation import op
from bottega.iam.principal import Principal

ORGANIZATION = "codeci"


@get("/v1/image/templates", **op("show_image_template_list", "List image templates"))
def show_image_template_list(
    principal: NamedDependency[Principal],  # noqa: ARG001
) -> ShowImageTemplateListResponse:
    rows = [
        ImageTemplate(
            image_id=one.id,
            organization=ORGANIZATION,
            image_name=one.name,
            image_label=one.label,
            base_image=one.base,
            title=one.title,
            description=one.description,
            create_time=f"{one.created}T00:00:00.000+00:00",
        )
        for one in templates()
    ]
    return ShowImageTemplateListResponse(result=ShowImageTemplateListResponseBodyResult(image_templates=rows))


@get(
    "/v1/image/dockerfile-template",
    **op("show_dockerfile_template", "Download the Dockerfile of a template", media_type=OCTETS),
)
def show_dockerfile_template(
    principal: NamedDependency[Principal],  # noqa: ARG001
    image_id: FromQuery[str],
) -> Response[bytes]:
    return attachment("Dockerfile", template(image_id).dockerfile.encode("utf-8"))


ROUTER = v1([show_image_template_list, show_dockerfile_template])
