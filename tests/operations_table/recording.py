"""Which requests a test makes, and what becomes of them: both HTTP clients that tests and SDKs use are listened to."""

from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import requests

Calls = dict[str, list[list[str]]]
"""For each test the method and path of every request that was not refused."""

REFUSED = 400


class Recording:
    """Requests of the test that runs now, by its node id without parameters."""

    def __init__(self) -> None:
        self._seen: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._test: str | None = None

    @property
    def calls(self) -> Calls:
        """All that was recorded, in an order that does not depend on the run."""
        return {test: [list(one) for one in sorted(seen)] for test, seen in sorted(self._seen.items())}

    @contextmanager
    def of(self, test: str) -> Generator[None]:
        """Requests made inside are this test's own; those of fixtures prove nothing."""
        self._test = test.partition("[")[0]
        try:
            yield
        finally:
            self._test = None

    def listen(self, patch: pytest.MonkeyPatch) -> None:
        """Hear of every answer from now on."""
        send_httpx, send_requests = httpx.Client.send, requests.Session.send

        def by_httpx(client: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
            answer = send_httpx(client, request, **options)
            self._note(request.method, request.url.path, answer.status_code)
            return answer

        def by_requests(
            session: requests.Session, request: requests.PreparedRequest, **options: Any
        ) -> requests.Response:
            answer = send_requests(session, request, **options)
            self._note(str(request.method), urlsplit(str(request.url)).path, answer.status_code)
            return answer

        patch.setattr(httpx.Client, "send", by_httpx)
        patch.setattr(requests.Session, "send", by_requests)

    def _note(self, method: str, path: str, status: int) -> None:
        if self._test is not None and status < REFUSED:
            self._seen[self._test].add((method, path))
