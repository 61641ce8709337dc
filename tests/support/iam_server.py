"""A server with the IAM and project operations only, and two tenants to try them with."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import httpx
import msgspec
from litestar import Litestar, Request, get, post
from litestar.di import NamedDependency, Provide

from bottega.http.authentication import AuthenticationMiddleware, provide_principal
from bottega.http.errors import exception_handlers
from bottega.iam.api import PUBLIC
from bottega.iam.api import ROUTES as IAM_ROUTES
from bottega.iam.principal import Principal
from bottega.iam.service import IamService
from bottega.iam.tenants import Credentials
from bottega.ids import new_secret
from bottega.projects.api import ROUTES as PROJECT_ROUTES
from bottega.projects.members import MemberService
from bottega.projects.service import ProjectService
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.support.passwords import quick_passwords
from tests.support.served import served

quick_passwords()

BODY_LIMIT = 100_000


class WhoAmI(msgspec.Struct):
    """What the echoing operations tell."""

    user_name: str
    tenant_name: str
    iam_project_id: str
    path: str = ""
    query: list[tuple[str, str]] = []
    body: str = ""


@get("/v1/whoami/{rest:path}", sync_to_thread=False)
def whoami(principal: NamedDependency[Principal], request: Request[Any, Any, Any]) -> WhoAmI:
    return WhoAmI(
        principal.user_name,
        principal.tenant_name,
        principal.iam_project_id,
        request.scope["path"],
        [(key, value) for key, value in request.query_params.multi_items()],
    )


@post("/v1/echo", status_code=200)
async def echo(principal: NamedDependency[Principal], request: Request[Any, Any, Any]) -> WhoAmI:
    body = (await request.body()).decode("latin-1")
    return WhoAmI(principal.user_name, principal.tenant_name, principal.iam_project_id, body=body)


class IamServer:
    """A running server and its tenants' credentials; ``other`` is made when it is first asked for."""

    def __init__(self, url: str, iam: IamService, projects: ProjectService) -> None:
        self.url = url
        self.iam = iam
        self.projects = projects
        self.mine = iam.create_tenant("mine", url)
        # Without verify=False a client reads all certificate authorities first, which takes longer than a test.
        self.http = httpx.Client(base_url=url, verify=False)

    @cached_property
    def other(self) -> Credentials:
        return self.iam.create_tenant("other", self.url)


def iam_app(database: Database, iam: IamService, projects: ProjectService) -> AuthenticationMiddleware:
    """The app as the composition root would wire it, with two operations that tell who called."""
    app = Litestar(
        route_handlers=[*IAM_ROUTES, *PROJECT_ROUTES, whoami, echo],
        dependencies={
            "principal": Provide(provide_principal, sync_to_thread=False),
            "iam": Provide(lambda: iam, sync_to_thread=False),
            "projects": Provide(lambda: projects, sync_to_thread=False),
            "members": Provide(lambda: MemberService(database), sync_to_thread=False),
        },
        exception_handlers=exception_handlers(),
        openapi_config=None,
        logging_config=None,
    )
    return AuthenticationMiddleware(app, iam.callers, region=iam.region, body_limit=BODY_LIMIT, public=PUBLIC)


@contextmanager
def iam_server(database: Database) -> Generator[IamServer]:
    """Serve the operations on ``database`` while the block runs."""
    iam = IamService(database, SecretBox(new_secret(24).encode()[:32]), Settings())
    projects = ProjectService(database)
    app = iam_app(database, iam, projects)
    with served(app) as url:
        server = IamServer(url, iam, projects)
        yield server
        server.http.close()
    app.close()
    iam.close()
