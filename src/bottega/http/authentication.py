"""The outermost ASGI layer: who is asking is known before anything else about a request is looked at.

It wraps the whole application, because a framework's own middleware runs after routing and would tell strangers which
URLs exist. Every response gets an ``X-Request-Id`` of ours; one sent by a client is ignored.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec
import structlog
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from bottega.http.public_paths import PublicPaths
from bottega.http.refusals import Refusal, send_refusal
from bottega.http.request_body import BodyTooLarge, Disconnected, buffered, replayed
from bottega.iam.callers import Caller, Callers
from bottega.iam.errors import Unauthenticated
from bottega.iam.principal import Principal
from bottega.iam.signatures import ALGORITHM, SignedRequest
from bottega.ids import new_hex

UNAUTHENTICATED_CODE = "APIGW.0301"
WRONG_SCOPE_CODE = "APIGW.0302"
TOO_LARGE_CODE = "APIGW.0201"
UNAVAILABLE_CODE = "CB.00060100"

T = TypeVar("T")

log = structlog.get_logger(__name__)


class AuthenticationMiddleware:
    """ASGI middleware; puts a :class:`Principal` and its :class:`Caller` into the request's state.

    ``public`` lists what strangers may call (see :class:`PublicPaths`), ``any_scope`` what tokens without a project
    scope may call: such tokens are for the IAM operations only. ``body_limit`` is in bytes and bounds the body of a
    signed request, which has to be read whole before it can be believed.
    """

    def __init__(
        self,
        app: ASGIApp,
        callers: Callers,
        *,
        region: str,
        body_limit: int,
        public: Iterable[str] = (),
        any_scope: Iterable[str] = ("* /v3/auth/*", "* /v3/projects"),
    ) -> None:
        self._app = app
        self._callers = callers
        self._region = region
        self._body_limit = body_limit
        self._public = PublicPaths(public)
        self._any_scope = PublicPaths(any_scope)
        self._threads = (
            ThreadPoolExecutor(callers.threads, thread_name_prefix="authentication")
            if callers.blocks
            else None
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it to the application with its caller known."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "no WebSockets here"})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = new_hex()
        bound = structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._answer(scope, receive, _naming_request(send, request_id.encode()))
        finally:
            structlog.contextvars.reset_contextvars(**bound)

    def close(self) -> None:
        """Let go of the look-up threads."""
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        if self._public.contains(method, path):
            await self._app(scope, receive, send)
            return
        try:
            caller, receive = await self._authenticate(scope, receive)
            self._check_scope(caller, method, path)
        except Unauthenticated as error:
            await send_refusal(scope, send, Refusal(401, UNAUTHENTICATED_CODE, str(error)))
        except Refusal as refusal:
            await send_refusal(scope, send, refusal)
        except Disconnected:
            return
        else:
            state: dict[str, Any] = scope.setdefault("state", {})
            client = scope["client"]
            address = client[0] if client else ""
            state["principal"] = msgspec.structs.replace(caller.principal, address=address)
            state["caller"] = caller
            await self._app(scope, receive, send)

    async def _authenticate(self, scope: HTTPScope, receive: Receive) -> tuple[Caller, Receive]:
        token = authorization = project_id = domain_id = ""
        for name, value in scope["headers"]:
            if name == b"x-auth-token":
                token = value.decode("latin-1")
            elif name == b"authorization":
                authorization = value.decode("latin-1")
            elif name == b"x-project-id":
                project_id = value.decode("latin-1")
            elif name == b"x-domain-id":
                domain_id = value.decode("latin-1")
        if authorization and (not token or authorization.startswith(ALGORITHM)):
            signed = SignedRequest(
                method=scope["method"],
                raw_path=scope["raw_path"],
                raw_query=scope["query_string"],
                headers=list(scope["headers"]),
                authorization=authorization,
                now=time.time(),
            )
            holder = await self._look_up(self._callers.by_access_key, signed.access_key)
            body: bytes | None = None
            if signed.payload_is_signed:
                try:
                    body = await buffered(scope, receive, self._body_limit)
                except BodyTooLarge:
                    raise Refusal(
                        413, TOO_LARGE_CODE, f"a signed body may have at most {self._body_limit} bytes"
                    ) from None
            signed.verify(holder.secret, body)
            caller = holder.caller(project_id, domain_id, self._region)
            return caller, receive if body is None else replayed(body, receive)
        if token:
            return await self._look_up(self._callers.by_token, token), receive
        raise Unauthenticated("neither X-Auth-Token nor a signed Authorization header was sent")

    def _check_scope(self, caller: Caller, method: str, path: str) -> None:
        if caller.scope != "project" and not self._any_scope.contains(method, path):
            raise Refusal(
                403,
                WRONG_SCOPE_CODE,
                f"the token's scope is {caller.scope}; this operation needs a project-scoped token",
            )

    async def _look_up(self, read: Callable[[str], T], key: str) -> T:
        try:
            if self._threads is None:
                return read(key)
            return await asyncio.get_running_loop().run_in_executor(self._threads, read, key)
        except Unauthenticated:
            raise
        except Exception as error:
            log.exception("cannot look the caller up")
            raise Refusal(503, UNAVAILABLE_CODE, "the caller cannot be checked now; try again") from error


def provide_principal(scope: Scope) -> Principal:
    """The caller, for handlers that take a ``principal``."""
    return scope["state"]["principal"]


def provide_caller(scope: Scope) -> Caller:
    """The caller with the scope of the proof, for handlers that take a ``caller``."""
    return scope["state"]["caller"]


def _naming_request(send: Send, request_id: bytes) -> Send:
    async def send_named(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [pair for pair in message["headers"] if pair[0].lower() != b"x-request-id"]
            message["headers"] = [*headers, (b"x-request-id", request_id)]
        await send(message)

    return send_named
