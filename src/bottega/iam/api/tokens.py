"""Tokens: ``/v3/auth/tokens``."""

from typing import Any

from litestar import Request, Response, delete, get, head, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from bottega.errors import Invalid
from bottega.http.operation import op
from bottega.iam.api.base_url import base_url
from bottega.iam.callers import Caller
from bottega.iam.service import IamService
from bottega.iam.tokens import IssuedToken
from bottega.iam.wire import AuthBody, TokenResponse, scope_of, token_response, user_of

SUBJECT = "X-Subject-Token"


@post("/v3/auth/tokens", **op("keystone_create_token", "Get a token", status_code=201))
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


@get("/v3/auth/tokens", **op("keystone_validate_token", "Show what a token is good for"))
def show_token(
    request: Request[Any, Any, Any],
    iam: NamedDependency[IamService],
    caller: NamedDependency[Caller],
    nocatalog: FromQuery[str | None] = None,
) -> Response[TokenResponse]:
    text = _subject(request)
    info = iam.tokens.show(caller, text)
    body = token_response(info, base_url(request, iam), iam.region, catalog=nocatalog in {None, "false"})
    return Response(body, headers={SUBJECT: text, "Cache-Control": "no-store"})


@head("/v3/auth/tokens", **op("keystone_check_token", "Check that a token can be used"))
def check_token(
    request: Request[Any, Any, Any], iam: NamedDependency[IamService], caller: NamedDependency[Caller]
) -> None:
    iam.tokens.show(caller, _subject(request))


@delete("/v3/auth/tokens", **op("keystone_revoke_token", "Revoke a token", status_code=204))
def revoke_token(
    request: Request[Any, Any, Any], iam: NamedDependency[IamService], caller: NamedDependency[Caller]
) -> None:
    iam.tokens.revoke(caller, _subject(request))


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


def _subject(request: Request[Any, Any, Any]) -> str:
    text = request.headers.get(SUBJECT, "")
    if not text:
        raise Invalid(SUBJECT, "the header with the token in question is missing")
    return text
