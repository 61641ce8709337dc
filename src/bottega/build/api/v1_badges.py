"""Badges of build tasks. Bottega's own operations."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from bottega.badges.drawing import MAX_LABEL
from bottega.badges.errors import UnknownBadge
from bottega.badges.links import ENDING, BadgeLink, PublicBadges
from bottega.build.api.arguments import JobId
from bottega.build.api.envelopes import ResultEnvelope
from bottega.build.api.families import v1
from bottega.build.badges.service import BadgeService
from bottega.build.service import BuildService
from bottega.build.source import MAX_REF
from bottega.http.operation import op
from bottega.http.pictures import ANYBODY, PRIVATE, SVG, picture
from bottega.iam.principal import Principal

PUBLIC = ("GET /badges/*",)

Branch = Annotated[
    str, QueryParameter(description="Branch; the task's own without it", schema_extra={"maxLength": MAX_REF})
]
Label = Annotated[str, QueryParameter(description="Word on the left", schema_extra={"maxLength": MAX_LABEL})]
File = Annotated[str, PathParameter(description="Token of a public badge, and .svg")]


class JobBadgeLink(msgspec.Struct, kw_only=True):
    """``url`` is empty while the badge is not public."""

    public: bool
    url: str
    markdown: str
    creator_name: str
    created_at: int | None


class JobBadgeLinkResponse(ResultEnvelope, kw_only=True):
    result: JobBadgeLink


@get(
    "/v1/job/{job_id:str}/badge.svg", **op("show_job_badge", "Show the badge of a build task", media_type=SVG)
)
def show_job_badge(
    *,
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    badges: NamedDependency[BadgeService],
    job_id: JobId,
    branch: Branch = "",
    label: Label = "",
) -> Response[bytes]:
    return picture(request, badges.show(principal, job_id, branch, label), PRIVATE)


@get(
    "/badges/{file:str}",
    **op("show_public_badge", "Show the badge of a task to everybody", media_type=SVG, public=True),
)
def show_public_badge(
    request: Request[Any, Any, Any],
    public_badges: NamedDependency[PublicBadges],
    file: File,
    branch: Branch = "",
    label: Label = "",
) -> Response[bytes]:
    if not file.endswith(ENDING):
        raise UnknownBadge
    return picture(request, public_badges.show(file.removesuffix(ENDING), branch, label), ANYBODY)


@get("/v1/job/{job_id:str}/badge/link", **op("show_job_badge_link", "Show the public address of a badge"))
def show_job_badge_link(
    principal: NamedDependency[Principal],
    badges: NamedDependency[BadgeService],
    builds: NamedDependency[BuildService],
    job_id: JobId,
) -> JobBadgeLinkResponse:
    return _link(badges.link(principal, job_id), builds)


@post(
    "/v1/job/{job_id:str}/badge/link", **op("create_job_badge_link", "Make a badge public at a new address")
)
def create_job_badge_link(
    principal: NamedDependency[Principal],
    badges: NamedDependency[BadgeService],
    builds: NamedDependency[BuildService],
    job_id: JobId,
) -> JobBadgeLinkResponse:
    return _link(badges.publish(principal, job_id), builds)


@delete(
    "/v1/job/{job_id:str}/badge/link", **op("delete_job_badge_link", "Revoke the public address of a badge")
)
def delete_job_badge_link(
    principal: NamedDependency[Principal],
    badges: NamedDependency[BadgeService],
    builds: NamedDependency[BuildService],
    job_id: JobId,
) -> JobBadgeLinkResponse:
    badges.revoke(principal, job_id)
    return _link(None, builds)


def _link(link: BadgeLink | None, builds: BuildService) -> JobBadgeLinkResponse:
    if link is None:
        shown = JobBadgeLink(public=False, url="", markdown="", creator_name="", created_at=None)
        return JobBadgeLinkResponse(result=shown)
    url = link.url(builds.settings.http.public_url)
    shown = JobBadgeLink(
        public=True,
        url=url,
        markdown=f"![build]({url})",
        creator_name=link.creator_name,
        created_at=link.created_at,
    )
    return JobBadgeLinkResponse(result=shown)


ROUTER = v1(
    [show_job_badge, show_public_badge, show_job_badge_link, create_job_badge_link, delete_job_badge_link]
)
