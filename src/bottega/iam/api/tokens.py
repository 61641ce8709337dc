"""Tokens: ``/v3/auth/tokens``."""

from typing import Annotated, Any

from litestar import Request, Response, delete, get, head, post
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.params import FromQuery, HeaderParameter, JSONBody

from bottega.errors import Invalid
from bottega.http.operation import op
from bottega.iam.api.base_url import base_url
from bottega.iam.api.errors import too_many_attempts
from bottega.iam.callers import Caller
from bottega.iam.service import IamService
from bottega.iam.tokens import IssuedToken
from bottega.iam.wire import AuthBody, TokenResponse, scope_of, token_response, user_of

SUBJECT = "X-Subject-Token"
TOLD = [
    ResponseHeader(
        name=SUBJECT, value="", documentation_only=True, required=True, description="The token in question"
    )
]

Subject = Annotated[str, HeaderParameter(name=SUBJECT, description="The token in question")]


@post(
    "/v3/auth/tokens",
    **op(
        "keystone_create_token",
        "Get a token",
        status_code=201,
        public=True,
        response_headers=TOLD,
        responses=too_many_attempts(),
    ),
)
def create_token(
    request: Request[Any, Any, Any],
    iam: NamedDependency[IamService],
    data: JSONBody[AuthBody],
    nocatalog: FromQuery[str | None] = None,
) -> Response[TokenResponse]:
    issued = _issued(request, iam, data)
    body = token_response(
        issued.info, base_url(request, iam), iam.region, catalog=nocatalog in {None, "false"}
    )
    return Response(body, status_code=201, headers={SUBJECT: issued.text, "Cache-Control": "no-store"})


@get(
    "/v3/auth/tokens",
    **op("keystone_validate_token", "Show what a token is good for", response_headers=TOLD),
)
def show_token(
    request: Request[Any, Any, Any],
    iam: NamedDependency[IamService],
    caller: NamedDependency[Caller],
    subject: Subject,
    nocatalog: FromQuery[str | None] = None,
) -> Response[TokenResponse]:
    info = iam.tokens.show(caller, _present(subject))
    body = token_response(info, base_url(request, iam), iam.region, catalog=nocatalog in {None, "false"})
    return Response(body, headers={SUBJECT: subject, "Cache-Control": "no-store"})


@head("/v3/auth/tokens", **op("keystone_check_token", "Check that a token can be used"))
def check_token(iam: NamedDependency[IamService], caller: NamedDependency[Caller], subject: Subject) -> None:
    iam.tokens.show(caller, _present(subject))


@delete("/v3/auth/tokens", **op("keystone_revoke_token", "Revoke a token", status_code=204))
def revoke_token(iam: NamedDependency[IamService], caller: NamedDependency[Caller], subject: Subject) -> None:
    iam.tokens.revoke(caller, _present(subject))


def _issued(request: Request[Any, Any, Any], iam: IamService, data: AuthBody) -> IssuedToken:
    identity, scope = data.auth.identity, scope_of(data.auth.scope)
    if identity.methods == ["password"]:
        if identity.password is None:
            raise Invalid("auth.identity.password", "missing, although the method is password")
        user = identity.password.user
        address = request.client.host if request.client is not None else ""
        return iam.tokens.issue_for_password(user_of(user), user.password, scope, address)
    if identity.methods == ["token"]:
        if identity.token is None:
            raise Invalid("auth.identity.token", "missing, although the method is token")
        return iam.tokens.issue_for_token(identity.token.id, scope)
    raise Invalid("auth.identity.methods", "this server issues tokens for [password] or [token] only")


def _present(subject: str) -> str:
    if not subject:
        raise Invalid(SUBJECT, "the header with the token in question is empty")
    return subject
