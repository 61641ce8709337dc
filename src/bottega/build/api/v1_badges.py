"""Badges of build tasks. Bottega's own operations."""

from hashlib import sha256
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from bottega.build.api.arguments import JobId
from bottega.build.api.envelopes import ResultEnvelope
from bottega.build.api.families import v1
from bottega.build.badges.errors import UnknownBadge
from bottega.build.badges.service import MAX_LABEL, BadgeLink, BadgeService
from bottega.build.service import BuildService
from bottega.build.source import MAX_REF
from bottega.http.operation import op
from bottega.http.ranges import unchanged
from bottega.iam.principal import Principal

PUBLIC = ("GET /badges/*",)
SVG = "image/svg+xml"
ENDING = ".svg"

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
    return _picture(request, badges.show(principal, job_id, branch, label), "private, no-cache")


@get(
    "/badges/{file:str}",
    **op("show_public_badge", "Show the badge of a build task to everybody", media_type=SVG, public=True),
)
def show_public_badge(
    request: Request[Any, Any, Any],
    public_badges: NamedDependency[BadgeService],
    file: File,
    branch: Branch = "",
    label: Label = "",
) -> Response[bytes]:
    if not file.endswith(ENDING):
        raise UnknownBadge
    image = public_badges.show_public(file.removesuffix(ENDING), branch, label)
    # Proxies of forges keep what they may: a badge has to be asked for each time.
    return _picture(request, image, "no-cache, max-age=0")


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


def _picture(request: Request[Any, Any, Any], image: bytes, caching: str) -> Response[bytes]:
    tag = sha256(image).hexdigest()[:32]
    headers = {
        "ETag": f'"{tag}"',
        "Cache-Control": caching,
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    if unchanged(request.headers.get("if-none-match"), tag):
        return Response(b"", status_code=304, headers=headers, media_type=SVG)
    return Response(image, headers=headers, media_type=SVG)


def _link(link: BadgeLink | None, builds: BuildService) -> JobBadgeLinkResponse:
    if link is None:
        shown = JobBadgeLink(public=False, url="", markdown="", creator_name="", created_at=None)
        return JobBadgeLinkResponse(result=shown)
    url = f"{builds.settings.http.public_url.rstrip('/')}/badges/{link.token}{ENDING}"
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
