"""A real ``bottega serve`` in a folder of its own, and ways to talk to it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from huaweicloudsdkcodeartsbuild.v3 import CodeArtsBuildClient
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.http.http_config import HttpConfig

from bottega.agent.tools.toolbox import CACHE
from tests.support.processes import free_port
from tests.support.waiting import eventually

START_SECONDS = 60.0
FOUND_TOOLS = Path(__file__).parents[2] / ".pytest_cache" / "found-tools.json"
"""What the first agent of all has found on this machine: others believe it as long as the machine has not changed."""


class Server:
    """``start`` and ``stop`` as often as a test likes; the data folder stays."""

    def __init__(self, data: Path, environment: Mapping[str, str], *arguments: str) -> None:
        self.data = data
        self.arguments = arguments
        self.port = free_port()
        self.environment = dict(environment)
        self.process: subprocess.Popen[bytes] | None = None
        self.output = data.parent / "server.log"

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def credentials(self) -> dict[str, str]:
        return json.loads((self.data / "credentials.json").read_text())

    def start(self, *, wait: bool = True) -> None:
        share_found_tools(self.data / "agent")
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "bottega",
                    "serve",
                    "--data-dir",
                    str(self.data),
                    "--port",
                    str(self.port),
                    *self.arguments,
                ],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        if wait:
            self.wait_until_healthy()

    def wait_until_healthy(self) -> None:
        # One client for all tries, without authorities: reading those takes longer than asking.
        with httpx.Client(base_url=self.endpoint, trust_env=False, verify=False) as http:

            def healthy() -> bool:
                assert self.process is None or self.process.poll() is None, self.output.read_text()
                try:
                    return http.get("/healthz").status_code == 200
                except httpx.TransportError:
                    return False

            eventually(healthy, START_SECONDS, 0.05)

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            keep_found_tools(self.data / "agent")

    def admin(self, *arguments: str, given: str = "") -> str:
        """Run ``bottega admin`` on the data folder and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "bottega", "admin", *arguments, "--data-dir", str(self.data)],
            env={**os.environ, **self.environment},
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def share_found_tools(agent: Path) -> None:
    """Let an agent with this new folder know what another one has found: looking takes two seconds of processor."""
    if FOUND_TOOLS.exists() and not agent.exists():
        agent.mkdir(parents=True)
        shutil.copy(FOUND_TOOLS, agent / CACHE)


def keep_found_tools(agent: Path) -> None:
    """Keep what this agent has found for those after it."""
    found = agent / CACHE
    if found.exists() and not FOUND_TOOLS.exists():
        FOUND_TOOLS.parent.mkdir(exist_ok=True)
        written = FOUND_TOOLS.with_suffix(f".{os.getpid()}")
        shutil.copy(found, written)
        written.replace(FOUND_TOOLS)


class Api:
    """Calls with a project-scoped token, as scripts make them."""

    def __init__(self, endpoint: str, credentials: Mapping[str, str]) -> None:
        self.credentials = credentials
        self.project_id = credentials["project_id"]
        self.http = httpx.Client(base_url=endpoint, timeout=30.0, trust_env=False, verify=False)
        identity = {
            "methods": ["password"],
            "password": {
                "user": {
                    "name": credentials["user_name"],
                    "password": credentials["password"],
                    "domain": {"name": credentials["domain_name"]},
                }
            },
        }
        scope = {"project": {"id": credentials["iam_project_id"]}}
        answer = self.http.post("/v3/auth/tokens", json={"auth": {"identity": identity, "scope": scope}})
        assert answer.status_code == 201, answer.text
        self.http.headers["X-Auth-Token"] = answer.headers["X-Subject-Token"]

    def call(self, method: str, path: str, **options: Any) -> Any:
        """The decoded answer of a call that has to succeed."""
        answer = self.http.request(method, path, **options)
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def create_task(self, command: str, name: str = "task", **changes: Any) -> str:
        """Create a task with one shell step; returns its id."""
        step = {
            "module_id": "devcloud2018.codeci_action_20017.action",
            "name": "Shell",
            "enable": True,
            "properties": {"command": command},
        }
        body = {"arch": "x86-64", "project_id": self.project_id, "job_name": name, "steps": [step], **changes}
        return self.call("POST", "/v1/job/create", json=body)["result"]["job_id"]

    def execute(self, job_id: str, **changes: Any) -> str:
        """Run the task; returns the build number as the wire has it."""
        answer = self.call("POST", "/v1/job/execute", json={"job_id": job_id, **changes})
        return answer["result"]["actual_build_number"]

    def record(self, job_id: str, number: str | int) -> dict[str, Any]:
        return self.call("GET", f"/v4/jobs/{job_id}/{number}/record-info")["result"]

    def wait(self, job_id: str, number: str | int, timeout: float = 60.0) -> dict[str, Any]:
        """The record once it is final."""

        def final() -> dict[str, Any] | None:
            record = self.record(job_id, number)
            return record if record["status"] not in {"QUEUED", "RUNNING", "STOPPING"} else None

        record = eventually(final, timeout, 0.03)
        assert record is not None
        return record

    def log(self, record: Mapping[str, Any], level: str = "INFO") -> str:
        path = f"/v4/{record['build_record_id']}/download-log"
        answer = self.http.get(path, params={"log_level": level})
        assert answer.status_code == 200, answer.text
        return answer.text


def downloaded(response: Any) -> str:
    """The text of an SDK download."""
    parts: list[bytes] = []
    response.consume_download_stream(lambda stream: parts.extend(stream.iter_content(65536)))
    return b"".join(parts).decode()


def sdk_client(
    server: Server, kind: Any = CodeArtsBuildClient, credentials: Mapping[str, str] | None = None
) -> Any:
    """An unmodified SDK client that signs with the access key."""
    known = credentials or server.credentials
    signing = BasicCredentials(known["access_key"], known["secret_key"], known["iam_project_id"])
    config = HttpConfig.get_default_config()
    config.timeout = (10, 60)
    builder = kind.new_builder().with_http_config(config).with_credentials(signing)
    return builder.with_endpoint(server.endpoint).build()


@pytest.fixture(scope="session")
def server_factory() -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def make(*arguments: str, **environment: str) -> Server:
        # Not below pytest's own folder: builds run as users of their own and must reach their workspace.
        root = Path(tempfile.mkdtemp(prefix="bottega-server-"))
        root.chmod(0o711)
        server = Server(root / "data", environment, *arguments)
        made.append(server)
        return server

    yield make
    for server in made:
        if server.process is not None and server.process.poll() is None:
            server.stop()
        shutil.rmtree(server.data.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def server(server_factory: Callable[..., Server]) -> Server:
    """One server for all tests of a worker that only need a server; they must not stop it."""
    server = server_factory(BOTTEGA_AGENT__SLOTS="2")
    server.start()
    return server


@pytest.fixture(scope="session")
def api(server: Server) -> Iterator[Api]:
    api = Api(server.endpoint, server.credentials)
    yield api
    api.http.close()
