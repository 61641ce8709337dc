"""The lease in a request's headers."""

import re
from typing import Any

from litestar import Request

from bottega.agent.runner.http_transfers import ATTEMPT_HEADER, LEASE_HEADER, RUN_HEADER
from bottega.transfers.errors import LeaseRefused
from bottega.transfers.wire import Lease

_RUN = re.compile(r"[0-9a-f-]{36}")
_ATTEMPT = re.compile(r"[0-9]{1,9}")
_TOKEN = re.compile(r"[0-9a-f]{32}")


def lease_of(request: Request[Any, Any, Any]) -> Lease:
    """The lease a runner shows; whether it holds is another matter. Raises :class:`LeaseRefused` for none."""
    run, attempt, token = (
        request.headers.get(name) or "" for name in (RUN_HEADER, ATTEMPT_HEADER, LEASE_HEADER)
    )
    if not (_RUN.fullmatch(run) and _ATTEMPT.fullmatch(attempt) and _TOKEN.fullmatch(token)):
        raise LeaseRefused
    return Lease(run_id=run, attempt=int(attempt), lease_token=token)
