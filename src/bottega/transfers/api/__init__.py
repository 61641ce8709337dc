"""The operations of runners. They need the dependency ``transfers``, and no token: a lease is proof enough."""

from litestar import Router

from bottega.http.errors import exception_handlers
from bottega.transfers.api.uploads import announce_upload, receive_upload

PUBLIC = ("* /agent/*",)
"""What has proofs of its own."""

ROUTES: list[Router] = [
    Router(
        path="/",
        route_handlers=[announce_upload, receive_upload],
        exception_handlers=exception_handlers(),
        include_in_schema=False,
    )
]
