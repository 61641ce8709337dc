"""The badge of a check task, v4; its public address is Bottega's own."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from bottega.badges.drawing import MAX_LABEL
from bottega.badges.links import BadgeLink
from bottega.check.api.families import check
from bottega.check.api.issue_arguments import JobId
from bottega.check.api.task_arguments import TaskId, moment
from bottega.check.reports.badges import HealthBadges
from bottega.errors import Invalid
from bottega.http.operation import op
from bottega.http.pictures import PRIVATE, SVG, picture
from bottega.iam.principal import Principal

CHINESE, ENGLISH = "zh-cn", "en-us"

Locale = Annotated[
    str, QueryParameter(description="Language of the words", schema_extra={"enum": [CHINESE, ENGLISH]})
]
Label = Annotated[str, QueryParameter(description="Words on the left", schema_extra={"maxLength": MAX_LABEL})]


class HealthBadgeLink(msgspec.Struct, kw_only=True):
    """All is empty or null while the badge is not public."""

    public: bool
    url: str = ""
    markdown: str = ""
    html: str = ""
    creator_name: str = ""
    created_at: str | None = None


class HealthBadgeLinkResponse(msgspec.Struct, kw_only=True):
    result: HealthBadgeLink


@get(
    "/v4/task/{task_id:str}/code-health-svg",
    **op("show_code_health_svg", "Show the badge of a check task", media_type=SVG),
)
def show_code_health_svg(
    *,
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    health_badges: NamedDependency[HealthBadges],
    task_id: TaskId,
    locale: Locale = CHINESE,
    job_id: JobId = "",
    label: Label = "",
) -> Response[bytes]:
    if locale.casefold() not in {CHINESE, ENGLISH}:
        raise Invalid("locale", f"must be {CHINESE} or {ENGLISH}")
    chinese = locale.casefold() == CHINESE
    return picture(request, health_badges.show(principal, task_id, job_id, label, chinese=chinese), PRIVATE)


_LINK = "/v4/task/{task_id:str}/code-health-svg/link"


@get(_LINK, **op("show_code_health_link", "Show the public address of a check task's badge"))
def show_code_health_link(
    principal: NamedDependency[Principal],
    health_badges: NamedDependency[HealthBadges],
    task_id: TaskId,
) -> HealthBadgeLinkResponse:
    return _link(health_badges.link(principal, task_id), health_badges)


@post(_LINK, **op("create_code_health_link", "Make a check task's badge public at a new address"))
def create_code_health_link(
    principal: NamedDependency[Principal],
    health_badges: NamedDependency[HealthBadges],
    task_id: TaskId,
) -> HealthBadgeLinkResponse:
    return _link(health_badges.publish(principal, task_id), health_badges)


@delete(_LINK, **op("delete_code_health_link", "Revoke the public address of a check task's badge"))
def delete_code_health_link(
    principal: NamedDependency[Principal],
    health_badges: NamedDependency[HealthBadges],
    task_id: TaskId,
) -> HealthBadgeLinkResponse:
    health_badges.revoke(principal, task_id)
    return _link(None, health_badges)


def _link(link: BadgeLink | None, badges: HealthBadges) -> HealthBadgeLinkResponse:
    if link is None:
        return HealthBadgeLinkResponse(result=HealthBadgeLink(public=False))
    url = link.url(badges.public_url)
    shown = HealthBadgeLink(
        public=True,
        url=url,
        markdown=f"![code health]({url})",
        html=f'<img alt="code health" src="{url}">',
        creator_name=link.creator_name,
        created_at=moment(link.created_at),
    )
    return HealthBadgeLinkResponse(result=shown)


ROUTER = check(
    [show_code_health_svg, show_code_health_link, create_code_health_link, delete_code_health_link]
)
