"""The IAM operations (Keystone v3). They need the dependency ``iam``, an :class:`IamService`."""

from litestar import Router
from litestar.di import Provide

from bottega.http.authentication import provide_caller
from bottega.http.documentation import with_refusals
from bottega.iam.api import accounts, tokens, versions
from bottega.iam.api.errors import HANDLERS, documented_refusals

PUBLIC = ("GET /v3", "POST /v3/auth/tokens")
"""What may be called without having proven anything yet."""

ROUTES: list[Router] = [
    Router(
        path="/",
        route_handlers=with_refusals(
            [
                versions.show_version,
                tokens.create_token,
                tokens.show_token,
                tokens.check_token,
                tokens.revoke_token,
                accounts.list_projects,
                accounts.list_auth_projects,
                accounts.list_auth_domains,
            ],
            documented_refusals(),
        ),
        dependencies={"caller": Provide(provide_caller, sync_to_thread=False)},
        exception_handlers=HANDLERS,
        tags=["IAM"],
    )
]
