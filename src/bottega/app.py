"""The composition root: settings in, ASGI app and services out."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ASGIApp

from bottega import __version__, migrate
from bottega.build.api import ROUTES as BUILD_ROUTES
from bottega.build.service import BuildService
from bottega.http import health
from bottega.http.authentication import AuthenticationMiddleware, provide_principal
from bottega.http.errors import exception_handlers
from bottega.iam.api import PUBLIC as IAM_PUBLIC
from bottega.iam.api import ROUTES as IAM_ROUTES
from bottega.iam.service import IamService
from bottega.ids import new_hex
from bottega.metrics import registry
from bottega.projects.api import ROUTES as PROJECT_ROUTES
from bottega.projects.service import ProjectService
from bottega.runs.agents import AgentRegistry
from bottega.runs.control.service import ControlService
from bottega.runs.logs.live import LiveLogs
from bottega.runs.logs.reader import LogReader
from bottega.runs.logs.sealed import SealedLogs
from bottega.runs.service import RunService
from bottega.scm.urls import UrlPolicy
from bottega.settings import ScmCredential, Settings
from bottega.store.database import Database
from bottega.store.objects import open_objects
from bottega.store.secrets import SecretBox

DATA_FOLDER_MODE = 0o711


class Services:
    """Everything a replica is made of, wired once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        data = prepare_data_folder(settings)
        self.database = open_database(settings)
        self.secrets = SecretBox.open(data / "master.key")
        self.replica_id = _replica_id(data / "replica")
        self.agents = AgentRegistry(self.database, self.secrets)
        self.runs = RunService(self.database, self.secrets, settings.runs)
        self.live_logs = LiveLogs(data / "logs")
        self.sealed_logs = SealedLogs(
            open_objects(settings.objects.url, data / "objects", settings.objects.options)
        )
        self.logs = LogReader(self.live_logs, self.sealed_logs)
        self.iam = IamService(self.database, self.secrets, settings)
        self.projects = ProjectService(self.database)
        self.builds = BuildService(self.database, self.runs, self.secrets, settings)
        self.control = ControlService(
            settings=settings,
            database=self.database,
            secrets=self.secrets,
            runs=self.runs,
            live=self.live_logs,
            sealed=self.sealed_logs,
            git=git_rules(settings),
            replica_id=self.replica_id,
        )

    def close(self) -> None:
        """Close what holds files or connections."""
        self.database.close()


def open_database(settings: Settings) -> Database:
    """The database of these settings; its schema is not looked at."""
    prepare_data_folder(settings)
    return Database(
        settings.database_url,
        durability=settings.database.durability,
        pool_size=settings.database.pool_size,
    )


def bring_schema_up(database: Database) -> None:
    """SQLite is migrated here and now; another database must have been migrated by its administrator."""
    if database.is_sqlite:
        migrate.upgrade(database)
    else:
        migrate.require_present(database)


def prepare_data_folder(settings: Settings) -> Path:
    """Make the data folder: build users may pass through it to their workspace, and list or read nothing."""
    data = settings.data
    data.mkdir(parents=True, exist_ok=True, mode=DATA_FOLDER_MODE)
    data.chmod(DATA_FOLDER_MODE)
    return data


def git_rules(settings: Settings) -> dict[str, Any]:
    """What agents are told about repositories: the URL policy and the credentials for private hosts."""
    credentials = [
        {
            "host": one.host,
            "kind": one.kind,
            "username": one.username,
            "secret": _secret(one),
            "known_hosts": Path(one.known_hosts_file).read_text("utf-8") if one.known_hosts_file else "",
        }
        for one in settings.scm.credentials
    ]
    policy = UrlPolicy(
        file_urls=settings.file_urls_allowed,
        allow_http=settings.scm.allow_http,
        loopback=settings.listens_on_loopback,
        allowed_hosts=tuple(settings.scm.allowed_hosts),
        closed_folders=(str(settings.data),),
    )
    return {"policy": policy.to_dict(), "credentials": credentials}


def create_app(services: Services, missing: Callable[[], list[str]]) -> ASGIApp:
    """The ASGI app; ``missing`` tells what the server still lacks to be healthy."""
    return AuthenticationMiddleware(
        create_routes(services, missing),
        services.iam.callers,
        region=services.settings.api.region,
        body_limit=services.settings.http.body_limit_bytes,
        public=(*health.PUBLIC, *IAM_PUBLIC),
    )


def create_routes(services: Services, missing: Callable[[], list[str]]) -> Litestar:
    """All operations, behind no authentication yet."""
    settings = services.settings
    given: dict[str, Any] = {
        "iam": services.iam,
        "projects": services.projects,
        "builds": services.builds,
        "logs": services.logs,
    }
    return Litestar(
        route_handlers=[
            health.routes(missing, registry(services.database, int(settings.runs.lease_seconds * 1000))),
            *IAM_ROUTES,
            *PROJECT_ROUTES,
            *BUILD_ROUTES,
        ],
        dependencies={
            "principal": Provide(provide_principal, sync_to_thread=False),
            **{name: Provide(_always(value), sync_to_thread=False) for name, value in given.items()},
        },
        exception_handlers=exception_handlers(),
        openapi_config=OpenAPIConfig(
            title="Bottega",
            version=__version__,
            path="/openapi",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        request_max_body_size=settings.http.body_limit_bytes,
        logging_config=None,
    )


def _always(value: Any) -> Any:
    def provide() -> Any:
        return value

    return provide


def _replica_id(path: Path) -> str:
    """This replica's name in subjects and rows; it stays the same over restarts."""
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        name = new_hex()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(name)
        return name


def _secret(credential: ScmCredential) -> str:
    text = Path(credential.secret_file).read_text("utf-8")
    # A password file ends with an editor's newline; a private key is only valid with its own.
    return text.rstrip("\r\n") if credential.kind == "basic" else text
