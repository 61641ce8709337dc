"""Calls a client makes, on one kept-alive connection.

The standard library's client is used because it costs a tenth of the processor time of the comfortable ones, and client
and server share the cores that are being measured.
"""

import http.client
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

from bench.server import HOST, Server

SHELL = "devcloud2018.codeci_action_20017.action"
POLL_SECONDS = 0.005
BUILD_SECONDS = 120.0
# The server closes a connection that was idle for 5 s; ours are replaced before that can cross a request.
IDLE_SECONDS = 2.0


class Refused(Exception):
    """The server did not answer 2xx; the message holds its answer."""


class Api:
    """One client with a project-scoped token. Use one per thread."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection = http.client.HTTPConnection(HOST, server.port, timeout=60)
        self._used_at = 0.0
        self._credentials = server.credentials
        self.headers: dict[str, str] = {}
        self.headers["X-Auth-Token"] = self._token()

    def close(self) -> None:
        self._connection.close()

    def fetch(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """The body of the answer. Raises :class:`Refused`."""
        sent = dict(self.headers if headers is None else headers)
        data = None
        if body is not None:
            data = msgspec.json.encode(body)
            sent["Content-Type"] = "application/json"
        if time.perf_counter() - self._used_at > IDLE_SECONDS:
            self._connection.close()
        self._connection.request(method, path, data, sent)
        answer = self._connection.getresponse()
        content = answer.read()
        self._used_at = time.perf_counter()
        if answer.status // 100 != 2:  # noqa: PLR2004 - the class of success
            raise Refused(f"{method} {path}: {answer.status} {content[:500].decode('utf-8', 'replace')}")
        self._answered = answer
        return content

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The decoded answer."""
        whole = f"{path}?{urlencode(query)}" if query else path
        return msgspec.json.decode(self.fetch(method, whole, body))

    def signed_headers(self, method: str, path: str) -> dict[str, str]:
        """Headers the official SDK's signer makes for a request without a body; they hold for some minutes."""
        known = self._credentials
        request = SdkRequest(
            method=method,
            schema="http",
            host=f"{HOST}:{self._server.port}",
            resource_path=path,
            query_params=[],
            header_params={},
            body="",
        )
        credentials = BasicCredentials(known["access_key"], known["secret_key"], known["iam_project_id"])
        return dict(Signer(credentials).sign(request).header_params)

    def create_task(self, name: str, script: str) -> str:
        """A task with one shell step; returns its id."""
        step = {"module_id": SHELL, "name": "Shell", "enable": True, "properties": {"command": script}}
        body = {
            "arch": "x86-64",
            "project_id": self._credentials["project_id"],
            "job_name": name,
            "steps": [step],
        }
        return self.call("POST", "/v1/job/create", body)["result"]["job_id"]

    def execute(self, job_id: str) -> str:
        """Run the task; returns the build's number."""
        return self.call("POST", "/v1/job/execute", {"job_id": job_id})["actual_build_number"]

    def stop(self, job_id: str, number: str) -> None:
        self.call("POST", f"/v3/jobs/{job_id}/{number}/stop")

    def unfinished(self, job_id: str) -> bool:
        """Whether the task's newest build waits or runs."""
        return self.call("GET", f"/v3/jobs/{job_id}/status")["result"]

    def record(self, job_id: str, number: str) -> dict[str, Any]:
        return self.call("GET", f"/v4/jobs/{job_id}/{number}/record-info")["result"]

    def wait(self, job_id: str, poll_seconds: float = POLL_SECONDS) -> float:
        """Wait for the task's newest build to end; returns the clock (``perf_counter``) at which that was seen."""
        limit = time.perf_counter() + BUILD_SECONDS
        while self.unfinished(job_id):
            if time.perf_counter() > limit:
                raise TimeoutError(f"the build did not end within {BUILD_SECONDS:.0f} s")
            time.sleep(poll_seconds)
        return time.perf_counter()

    def finished(self, job_id: str, number: str, status: str = "SUCCESS") -> dict[str, Any]:
        """The record of a build that has ended, which must be in ``status``."""
        record = self.record(job_id, number)
        if record["status"] != status:
            raise RuntimeError(f"build {number} is {record['status']}, not {status}: {record['err_msg']}")
        return record

    def _token(self) -> str:
        known = self._credentials
        user = {
            "name": known["user_name"],
            "password": known["password"],
            "domain": {"name": known["domain_name"]},
        }
        body = {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {"project": {"id": known["iam_project_id"]}},
            }
        }
        self.fetch("POST", "/v3/auth/tokens", body)
        return self._answered.headers["X-Subject-Token"]
