"""The OpenAPI description: what all operations have in common, and what each family of them refuses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from litestar import Request
from litestar.datastructures import ResponseHeader
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, Operation, RequestBody, SecurityScheme

from bottega import __version__
from bottega.http.authentication import UNAUTHENTICATED_CODE, UNAVAILABLE_CODE, WRONG_SCOPE_CODE
from bottega.http.errors import HTTP_CODES, INTERNAL_CODE, JSON_UTF8, Codes
from bottega.http.operation import ErrorBody

COMMON_CODES: Mapping[int, tuple[str, ...]] = {
    401: (UNAUTHENTICATED_CODE,),
    403: (WRONG_SCOPE_CODE,),
    404: (HTTP_CODES[404],),
    413: (HTTP_CODES[413],),
    500: (INTERNAL_CODE,),
    503: (UNAVAILABLE_CODE,),
}
"""What can happen before an operation is reached, or to any of them."""

TEXTS: Mapping[int, str] = {
    400: "The request is not acceptable as it is",
    401: "The caller is not authenticated",
    403: "The caller may not do this",
    404: "There is nothing at this URL",
    409: "The request contradicts the present state",
    413: "The body is too large",
    422: "What the request names does not exist",
    429: "Too many requests",
    500: "A defect of the server",
    503: "The server cannot take this now",
}

HEADERS = [
    ResponseHeader(
        name="X-Request-Id",
        value="",
        documentation_only=True,
        required=True,
        description="Names this request in the log",
    )
]


@dataclass
class BodyIsOptional(Operation):
    """For ``operation_class`` of an operation that is also called without a body."""

    def __post_init__(self) -> None:
        """The framework takes every body for required."""
        if isinstance(self.request_body, RequestBody):
            self.request_body.required = False


class Description(JsonRenderPlugin):
    """Serves the description as JSON."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The description with alternatives written as ``anyOf``: 1 is both an integer and a number."""
        return super().render(request, cast("dict[str, Any]", _any_of(openapi_schema)))


def description() -> OpenAPIConfig:
    """How the operations are described, and where."""
    return OpenAPIConfig(
        title="Bottega",
        version=__version__,
        path="/openapi",
        render_plugins=[Description(path="/openapi.json")],
        components=Components(
            security_schemes={
                "token": SecurityScheme(
                    type="apiKey",
                    name="X-Auth-Token",
                    security_scheme_in="header",
                    description="A token of POST /v3/auth/tokens; all but the IAM operations need project scope",
                ),
                "signature": SecurityScheme(
                    type="apiKey",
                    name="Authorization",
                    security_scheme_in="header",
                    description="SDK-HMAC-SHA256 with an access key, over the request and X-Sdk-Date",
                ),
            }
        ),
    )


def document_refusals(handlers: Iterable[Any], codes: Codes) -> list[Any]:
    """The handlers of a family that answers domain errors with ``codes``, described with what they refuse."""
    by_status: dict[int, tuple[str, ...]] = dict(COMMON_CODES)
    for status, code in codes.values():
        by_status[status] = tuple(dict.fromkeys([*by_status.get(status, ()), code]))
    return with_refusals(handlers, refusal_responses(by_status))


def with_refusals(handlers: Iterable[Any], responses: Mapping[int, ResponseSpec]) -> list[Any]:
    """The handlers with these responses in their description; what a handler says itself stays."""
    documented = list(handlers)
    for handler in documented:
        handler.responses = {**responses, **(handler.responses or {})}
    return documented


def refusal_responses(
    codes: Mapping[int, Sequence[str]], body: type[msgspec.Struct] = ErrorBody
) -> dict[int, ResponseSpec]:
    """By HTTP status what a refusal looks like, and its codes."""
    return {
        status: ResponseSpec(
            body,
            description=f"{TEXTS[status]}: {', '.join(codes[status])}",
            media_type=JSON_UTF8,
            generate_examples=False,
        )
        for status in sorted(codes)
    }


def _any_of(node: Any) -> Any:
    if isinstance(node, dict):
        known = cast("dict[str, Any]", node)
        return {"anyOf" if key == "oneOf" else key: _any_of(value) for key, value in known.items()}
    if isinstance(node, list):
        return [_any_of(item) for item in cast("list[Any]", node)]
    return node
