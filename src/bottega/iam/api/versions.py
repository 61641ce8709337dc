"""Version discovery, which Keystone clients do on the URL they were given."""

from typing import Any

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency

from bottega.http.operation import op
from bottega.iam.api.base_url import base_url
from bottega.iam.service import IamService


class Link(msgspec.Struct, kw_only=True):
    rel: str
    href: str


class Version(msgspec.Struct, kw_only=True):
    id: str = "v3.14"
    status: str = "stable"
    updated: str = "2020-04-07T00:00:00Z"
    links: list[Link]


class VersionResponse(msgspec.Struct, kw_only=True):
    version: Version


@get("/v3", **op("keystone_show_version", "Show the IAM API's version", public=True))
def show_version(request: Request[Any, Any, Any], iam: NamedDependency[IamService]) -> VersionResponse:
    return VersionResponse(version=Version(links=[Link(rel="self", href=f"{base_url(request, iam)}/v3/")]))
