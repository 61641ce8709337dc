"""Calls to the server as any script would make them: plain HTTP with a token."""

import contextlib
import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

from bottega.demo.errors import DemoError

CALL_SECONDS = 30.0
HEALTH_SECONDS = 5.0

CHECKING, CHECKED = 0, 2
"""How the progress of a check is told on the wire: going on, and done well."""

# A proxy of the environment is for the world outside, not for this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def healthy(endpoint: str) -> bool:
    """Whether the server says that it takes requests and builds."""
    try:
        with _OPENER.open(f"{endpoint}/healthz", timeout=HEALTH_SECONDS) as answer:
            return answer.status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False


def token_request(credentials: Mapping[str, str]) -> dict[str, Any]:
    """The body of ``POST /v3/auth/tokens`` for a token scoped to the IAM project."""
    user = {
        "name": credentials["user_name"],
        "password": credentials["password"],
        "domain": {"name": credentials["domain_name"]},
    }
    identity = {"methods": ["password"], "password": {"user": user}}
    return {"auth": {"identity": identity, "scope": {"project": {"id": credentials["iam_project_id"]}}}}


class Client:
    """An authenticated caller. Every method raises :class:`DemoError` with what the server said when it refuses."""

    def __init__(self, endpoint: str, credentials: Mapping[str, str]) -> None:
        self.endpoint = endpoint
        self.project_id = credentials["project_id"]
        self.seconds = CALL_SECONDS
        self._checked = ""
        self._headers: dict[str, str] = {}
        self._headers["X-Auth-Token"] = self._send("POST", "/v3/auth/tokens", token_request(credentials))[1][
            "X-Subject-Token"
        ]

    def save_task(self, name: str, configuration: Mapping[str, Any]) -> str:
        """Create the build task, or replace the configuration of the one that has this name; returns its id."""
        body = {"job_name": name, "project_id": self.project_id, **configuration}
        query = urllib.parse.urlencode({"search": name, "page_size": 100})
        listed = self._call("GET", f"/v1/job/{self.project_id}/list?{query}")["jobs"]
        known = next((job["id"] for job in listed if job["job_name"] == name), None)
        if known is None:
            return str(self._call("POST", "/v1/job/create", body)["result"]["job_id"])
        return str(self._call("POST", "/v1/job/update", {"job_id": known, **body})["result"]["job_id"])

    def execute(self, job_id: str) -> int:
        """Run the task; returns the number of the build."""
        return int(self._call("POST", "/v1/job/execute", {"job_id": job_id})["actual_build_number"])

    def log_page(self, job_id: str, number: int, offset: int) -> tuple[str, int, bool]:
        """Lines of the log from byte ``offset`` on, where to go on, and whether more may come."""
        path = f"/v1/log/{job_id}/{number}/real-time-log?start_offset={offset}"
        page = self._call("GET", path)["result"]
        return str(page["log"]), int(page["end_offset"]), bool(page["has_more"])

    def record(self, job_id: str, number: int) -> dict[str, Any]:
        """The record of a build."""
        return self._call("GET", f"/v4/jobs/{job_id}/{number}/record-info")["result"]

    def stages(self, record_id: str) -> list[dict[str, Any]]:
        """The stages of a build in their order."""
        result = self._call("GET", f"/v1/record/{record_id}/full-stages")["result"]
        return sorted(result["build_stages"].values(), key=lambda stage: stage["sequence"])

    def save_check_task(self, name: str, url: str, branch: str, languages: Sequence[str]) -> str:
        """Create the check task, unless there is one of this name; returns its id."""
        query = urllib.parse.urlencode({"task_name": name, "limit": 100})
        listed = self._call("GET", f"/v2/{self.project_id}/tasks?{query}")["tasks"]
        known = next((task["task_id"] for task in listed if task["task_name"] == name), None)
        if known is not None:
            return str(known)
        body = {"task_name": name, "git_url": url, "git_branch": branch, "language": list(languages)}
        return str(self._call("POST", f"/v2/{self.project_id}/task", body)["task_id"])

    def check(self, task_id: str) -> str:
        """Check the repository of the task; returns the id of the check."""
        self._checked = task_id
        return str(self._call("POST", f"/v2/tasks/{task_id}/run", {})["exec_id"])

    def check_status(self, task_id: str) -> int | None:
        """How the newest check of a task is: one of the words below, or None."""
        return self._call("GET", f"/v2/tasks/{task_id}/progress")["task_status"]

    def check_log_page(self, check_id: str, offset: int) -> tuple[int, bool]:
        """Where to go on after the lines of a check's log from byte ``offset`` on, and whether more may come."""
        query = urllib.parse.urlencode(
            {"job_id": check_id, "start_offset": offset, "size": 1000, "sort": "ASC"}
        )
        page = self._call("GET", f"/v1/console-log?{query}")["result"]
        return int(page["endOffset"]), bool(page["hasMore"])

    def check_log(self, task_id: str) -> list[dict[str, Any]]:
        """What is told of the newest check that failed."""
        return self._call("GET", f"/v2/{self.project_id}/tasks/{task_id}/log-detail")["log_info"]

    def issues(self, task_id: str) -> list[dict[str, Any]]:
        """The open issues of a task, at most a hundred."""
        return self._call("GET", f"/v2/tasks/{task_id}/defects-detail?offset=0&limit=100")["defects"]

    def stop_running(self) -> int:
        """Ask for the end of the newest build of every task that has one running, and of the check; their number."""
        checking = 0
        if self._checked and self.check_status(self._checked) == CHECKING:
            checking = 1
            with contextlib.suppress(DemoError):
                self._call("POST", f"/v2/tasks/{self._checked}/stop", {})
        listed = self._call("GET", "/v1/job/list?build_status=building&page_size=100")["result"]["job_list"]
        for job in listed:
            try:
                self._call("POST", f"/v1/job/{job['id']}/stop", {})
            except DemoError:
                # It came to its own end meanwhile.
                continue
        return checking + len(listed)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self._send(method, path, body)[0]

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        request = urllib.request.Request(  # noqa: S310 - the endpoint is ours
            self.endpoint + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **self._headers},
            method=method,
        )
        try:
            with _OPENER.open(request, timeout=self.seconds) as answer:
                content = answer.read()
                # Where there is nothing to say, nothing is said.
                return json.loads(content) if content else {}, answer.headers
        except urllib.error.HTTPError as error:
            raise DemoError(f"{method} {path} was refused: {_told(error)}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise DemoError(f"{method} {path} got no answer: {error}") from None


def _told(error: urllib.error.HTTPError) -> str:
    try:
        body = json.load(error)
        return f"{error.code} {body['error_code']} {body['error_msg']}"
    except (ValueError, KeyError, TypeError, OSError):
        return str(error.code)
