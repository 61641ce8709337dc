"""All operations over real HTTP, with a real database and real logs; who is asking is told by a header."""

import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from huaweicloudsdkcodeartsbuild.v3 import CodeArtsBuildClient
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from litestar.types import ASGIApp, Receive, Scope, Send
from sqlalchemy import update

from bottega.app import Services, bring_schema_up
from bottega.clock import epoch_ms
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.routes import create_routes
from bottega.runs.tables import Run
from bottega.settings import Settings
from bottega.store.database import Database
from tests.support.databases import seed_tenant
from tests.support.migrated import put_database
from tests.support.waiting import eventually

ACCESS = re.compile(rb"Access=([^,]+)")
SHELL_MODULE = "devcloud2018.codeci_action_20017.action"


class TestCallers:
    """ASGI middleware: the access key of the request names the principal; nothing is verified."""

    __test__ = False

    def __init__(self, app: ASGIApp, callers: dict[str, Principal]) -> None:
        self.app = app
        self.callers = callers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/agent/"):
            headers = dict(scope["headers"])
            found = ACCESS.search(headers.get(b"authorization", b""))
            name = found[1] if found else headers[b"x-caller"]
            scope.setdefault("state", {})["principal"] = self.callers[name.decode()]
        await self.app(scope, receive, send)


class Server:
    """The whole app behind uvicorn on a free loopback port, but for who is asking."""

    def __init__(self, services: Services, callers: dict[str, Principal]) -> None:
        self.services = services
        self.builds = services.builds
        self.live = services.live_logs
        self.callers = callers
        app: Any = TestCallers(create_routes(services, list), callers)
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
        self._uvicorn = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._uvicorn.run)
        self._thread.start()
        eventually(lambda: self._uvicorn.started)
        port = self._uvicorn.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.http = self.caller("alice")

    def caller(self, name: str) -> httpx.Client:
        """Plain HTTP as this caller."""
        return httpx.Client(base_url=self.url, headers={"X-Caller": name}, trust_env=False, verify=False)

    def sdk(self, name: str) -> Any:
        """The official SDK as this caller; its own annotations are too wide to be of use."""
        credentials = BasicCredentials(name, "secret", "0" * 32)
        return CodeArtsBuildClient.new_builder().with_credentials(credentials).with_endpoint(self.url).build()

    def stop(self) -> None:
        """Stop serving."""
        self.http.close()
        self._uvicorn.should_exit = True
        self._thread.join()
        self.services.close()


@contextmanager
def build_server(folder: Path, **settings: Any) -> Generator[Server]:
    """A server that nobody calls yet, while the block runs; ``settings`` are sections beside the default ones."""
    known = Settings(data_dir=str(folder / "data"), **settings)
    known.notify.allow_private = True
    put_database(known.data)
    services = Services(known)
    bring_schema_up(services.database)
    started = Server(services, {})
    try:
        yield started
    finally:
        started.stop()


def new_callers(server: Server) -> Server:
    """Make ``alice`` and ``bob`` belong to two tenants that no other test knows."""
    server.callers.clear()
    for name in ("alice", "bob"):
        server.callers[name] = seed_tenant(server.services.database, new_hex())
    return server


def end_run(database: Database, run_id: str, state: str, **values: Any) -> None:
    """Do to a run's row what the execution layer does at its end."""
    now = epoch_ms()
    changes = {
        "state": state,
        "created_at": now - 6000,
        "queued_at": now - 6000,
        "started_at": now - 5000,
        "runnable_at": now - 4500,
        "finished_at": now,
    }
    with database.write() as session:
        session.execute(update(Run).where(Run.id == run_id).values(**{**changes, **values}))


def parameter(name: str, default: str = "", **more: str) -> dict[str, Any]:
    """A parameter in the wire's encoding."""
    pairs = {"name": name, "type": "normalparam", "defaultValue": default, **more}
    return {
        "name": "hudson.model.StringParameterDefinition",
        "params": [{"name": key, "value": value} for key, value in pairs.items()],
    }


def shell_step(command: object = "make", **more: Any) -> dict[str, Any]:
    """A step that runs a command."""
    properties = {"image": "shell4.2.46-git1.8.3-zip6.00", "command": command}
    return {
        "module_id": SHELL_MODULE,
        "name": "Execute Shell",
        "properties": properties,
        "enable": True,
        **more,
    }


def template_body(name: str = "template", **more: Any) -> dict[str, Any]:
    """The smallest body a template can be created with."""
    return {"name": name, "template": {"steps": [shell_step()]}, **more}


def task_body(project_id: str, name: str = "task", **more: Any) -> dict[str, Any]:
    """The smallest body a task can be created with."""
    return {"arch": "x86-64", "project_id": project_id, "job_name": name, "steps": [shell_step()], **more}
