"""Asked before every page: who is signed in, and whether a form comes from a page of ours."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import MediaType, Request, Response
from litestar.response import Redirect

from bottega.console.forms import Form, read_form
from bottega.console.places import SIGN_IN, STATIC, sign_in
from bottega.console.session import COOKIE, is_proof
from bottega.errors import Forbidden
from bottega.iam.callers import Caller, Callers
from bottega.iam.errors import Unauthenticated

PROOF = "proof"
"""The field of forms that :func:`~bottega.console.session.form_proof` fills."""
SAFE = frozenset({"GET", "HEAD"})

AnyRequest = Request[Any, Any, Any]


class Door:
    """Called before a handler, and before anything else is read of its request."""

    def __init__(self, callers: Callers, public_url: str) -> None:
        self._callers = callers
        self._public = urlsplit(public_url).netloc

    async def __call__(self, request: AnyRequest) -> Response[Any] | None:
        """Nothing for who may go on. Raises :class:`Forbidden`, :class:`Invalid`."""
        # Not the URL's, which is made of the Host header too.
        path = request.scope["path"]
        if path.startswith(f"{STATIC}/"):
            return None
        form = Form([])
        if request.method not in SAFE:
            self._check_origin(request)
            form = read_form(request.content_type[0], await request.body())
        token = request.cookies.get(COOKIE, "")
        caller = await self._caller(token)
        if caller is None and path != SIGN_IN:
            return _sent_away(request)
        if caller is not None and request.method not in SAFE and not is_proof(token, form.text(PROOF)):
            raise Forbidden(
                "this form was not made for your present session; go back, reload the page, try again"
            )
        state = request.scope["state"]
        state["form"] = form
        if caller is not None:
            address = request.client.host if request.client is not None else ""
            state["caller"] = caller
            state["principal"] = msgspec.structs.replace(caller.principal, address=address)
            state["token"] = token
        return None

    async def _caller(self, token: str) -> Caller | None:
        if not token:
            return None
        try:
            if self._callers.blocks:
                return await asyncio.to_thread(self._callers.by_token, token)
            return self._callers.by_token(token)
        except Unauthenticated:
            return None

    def _check_origin(self, request: AnyRequest) -> None:
        """Browsers say where a form comes from; whoever is none and says nothing has no session to be misused."""
        site = request.headers.get("sec-fetch-site", "same-origin")
        origin = request.headers.get("origin")
        ours = {request.headers.get("host", ""), self._public} - {""}
        if site not in {"same-origin", "none"} or (
            origin is not None and urlsplit(origin).netloc not in ours
        ):
            raise Forbidden("this form comes from another site")


def _sent_away(request: AnyRequest) -> Response[Any]:
    if "hx-request" in request.headers:
        # A part of a page cannot show the sign-in: the whole page has to go there.
        return Response("", status_code=401, headers={"HX-Redirect": SIGN_IN})
    query = request.scope["query_string"].decode("latin-1")
    wanted = request.scope["path"] + (f"?{query}" if query else "")
    place = sign_in(wanted) if request.method in SAFE else SIGN_IN
    # Not of the type that the handler would have answered with.
    return Redirect(place, status_code=303, media_type=MediaType.HTML)
