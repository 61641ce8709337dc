"""The framework's refusals in the words of this API: the field as the client wrote it, and what was expected."""

import re
from typing import Any, cast

from litestar import Request
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.params import QueryParameter

BODY = "data"
"""How the framework calls the body as a whole."""

_KINDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
}
_EXPECTED = re.compile(r"^Expected `([^`]*)`(?:, got `([^`]*)`)?$")
_FIELD_MISSING = re.compile(r"^Object missing required field `([^`]*)`$")
_IN_LIST = re.compile(rf" - at `\$\.{BODY}(\[.+)`$")
"""Where in a body that is a list: the framework leaves it out of what it tells, its cause has it."""
_SENTENCES = (
    (re.compile(r"^Missing required \w+ parameter '([^']*)' .*$"), r"\1: is missing"),
    (re.compile(r"^JSON is malformed: (.*)$"), r"the body is not valid JSON: \1"),
    # Said of a lone surrogate too: its other half is missing.
    (re.compile(r"^Input data was truncated$"), "the body is not valid JSON: a part of it is missing"),
)


def readable(error: HTTPException, request: Request[Any, Any, Any]) -> str:
    """What a client is told of a refusal that came about before an operation was reached."""
    items: object = error.extra
    if isinstance(items, list):
        place = _IN_LIST.search(str(error.__cause__))
        told = [
            _of_field(item, f"body{place[1]}" if place else "")
            for item in cast("list[dict[str, Any]]", items)
        ]
        return "; ".join(told) or error.detail
    if isinstance(error, NotFoundException):
        return "there is nothing at this URL"
    if isinstance(error, MethodNotAllowedException):
        return "the URL exists but not with this method"
    if error.detail.startswith("Missing required query "):
        # The framework names one of them, and not always the same one.
        return "; ".join(f"{name}: is missing" for name in _missing(request))
    return next(
        (
            pattern.sub(sentence, error.detail)
            for pattern, sentence in _SENTENCES
            if pattern.match(error.detail)
        ),
        error.detail,
    )


def _missing(request: Request[Any, Any, Any]) -> list[str]:
    """Names of the query parameters that the operation needs and the client did not send."""
    parameters = request.route_handler.parsed_fn_signature.parameters
    return [
        name
        for name, field in parameters.items()
        if isinstance(field.kwarg_definition, QueryParameter)
        and field.is_required
        and name not in request.query_params
    ]


def _of_field(item: dict[str, Any], place: str) -> str:
    key, message = str(item.get("key", "")), str(item.get("message", ""))
    if key == BODY:
        key = place or BODY
    if message == repr(BODY):
        return "the body is missing"
    whole = key in {"", BODY}
    if found := _FIELD_MISSING.match(message):
        return f"{found[1] if whole else f'{key}.{found[1]}'}: is missing"
    reason = message
    if found := _EXPECTED.match(message):
        reason = f"must be {_kinds(found[1])}"
        if found[2]:
            reason += f", not {_kinds(found[2])}"
    return f"the body {reason}" if whole else f"{key}: {reason}"


def _kinds(names: str) -> str:
    *others, last = [_KINDS.get(name, name) for name in names.split(" | ")]
    return f"{', '.join(others)} or {last}" if others else last
