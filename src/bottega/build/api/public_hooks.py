"""Where forges tell of pushes. Who is asking is proven by the hook's secret, not by a token."""

from typing import Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import RawBody

from bottega.build.api.families import v1
from bottega.build.api.hook_models import ReceiveHookResponse, taken_in
from bottega.build.api.v1_hooks import HookIdPath
from bottega.build.hooks.receiving import MAX_BODY_BYTES, Receiver
from bottega.http.operation import op

PUBLIC = ("POST /hooks/*",)


@post(
    "/hooks/{hook_id:str}",
    **op(
        "receive_hook",
        "Take in what a forge tells of a repository",
        status_code=202,
        public=True,
        request_max_body_size=MAX_BODY_BYTES,
    ),
)
def receive_hook(
    request: Request[Any, Any, Any],
    body: RawBody,
    receiver: NamedDependency[Receiver],
    hook_id: HookIdPath,
) -> ReceiveHookResponse:
    # Names are in lower case; of a name that came twice the last one counts.
    return taken_in(receiver.receive(hook_id, dict(request.headers), body))


ROUTER = v1([receive_hook])
