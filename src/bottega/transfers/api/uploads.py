"""Uploads of runners: announced with their size, then sent as they are."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from litestar import Request, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from bottega.errors import Invalid, NotFound
from bottega.http.inflow import CutOff, Inflow
from bottega.http.operation import op
from bottega.transfers.api.leases import lease_of
from bottega.transfers.service import Transfers
from bottega.transfers.wire import Announced, Announcement, Kept

AT_ONCE = 8
"""Uploads one replica receives at a time; the others wait in their connections."""

_ID = re.compile("[0-9a-f]{32}")
_THREADS = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="upload")


@post("/agent/uploads", **op("announce_upload", "Announce an upload of a run", public=True))
def announce_upload(
    request: Request[Any, Any, Any], transfers: NamedDependency[Transfers], data: JSONBody[Announcement]
) -> Announced:
    return Announced(upload_id=transfers.announce(lease_of(request), data.kind, data.details, data.size))


@put(
    "/agent/uploads/{upload_id:str}",
    request_max_body_size=None,
    **op("receive_upload", "Receive an upload of a run", public=True, threaded=False),
)
async def receive_upload(
    request: Request[Any, Any, Any], transfers: NamedDependency[Transfers], upload_id: FromPath[str]
) -> Kept:
    lease = lease_of(request)
    if not _ID.fullmatch(upload_id):
        raise NotFound("upload", upload_id)
    inflow = Inflow(request.stream())
    try:
        result = await asyncio.get_running_loop().run_in_executor(
            _THREADS, transfers.receive, lease, upload_id, inflow.pieces()
        )
    except CutOff as error:
        raise Invalid("body", str(error)) from error
    finally:
        inflow.close()
    return Kept(result=result)
