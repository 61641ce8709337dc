"""Settings from a TOML file and ``BOTTEGA_…`` environment variables; unknown keys and wrong types are refused.

Order, later wins: defaults, the file, the environment, command-line options. An environment name is the path
of the key in upper case, ``BOTTEGA_`` in front and two underscores between levels: ``runs.lease_seconds`` is
``BOTTEGA_RUNS__LEASE_SECONDS``.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

import msgspec

ENVIRONMENT_PREFIX = "BOTTEGA_"


class SettingsError(Exception):
    """The settings cannot be used; the message names the key."""


class Section(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Base of all sections: an unknown key is an error, never ignored."""


class HttpSettings(Section, kw_only=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    body_limit_bytes: int = 12 * 1024 * 1024


class DatabaseSettings(Section, kw_only=True, forbid_unknown_fields=True):
    url: str = ""
    durability: Literal["normal", "full"] = "normal"
    pool_size: int = 8


class NatsSettings(Section, kw_only=True, forbid_unknown_fields=True):
    url: str = ""
    credentials_file: str = ""
    host: str = "127.0.0.1"
    port: int = 0
    store_bytes: int = 4 * 1024**3


class ObjectSettings(Section, kw_only=True, forbid_unknown_fields=True):
    url: str = ""
    options: dict[str, str] = {}


class ScmCredential(Section, kw_only=True, forbid_unknown_fields=True):
    host: str
    kind: Literal["basic", "ssh-key"] = "basic"
    username: str = ""
    secret_file: str
    known_hosts_file: str = ""


class ScmSettings(Section, kw_only=True, forbid_unknown_fields=True):
    file_urls: Literal["loopback", "always", "never"] = "loopback"
    allow_http: bool = True
    allowed_hosts: list[str] = []
    credentials: list[ScmCredential] = []


class SandboxSettings(Section, kw_only=True, forbid_unknown_fields=True):
    require: Literal["bubblewrap", "landlock", "process"] = "landlock"
    network: bool = True
    read_only_paths: list[str] = []


class RunSettings(Section, kw_only=True, forbid_unknown_fields=True):
    tenant_concurrency: int = 20
    tenant_queue: int = 1000
    lease_seconds: float = 45.0
    renew_seconds: float = 5.0
    max_attempts: int = 3
    timeout_minutes: int = 240
    stop_grace_seconds: float = 10.0
    log_limit_bytes: int = 1024**3
    workspace_bytes: int = 60 * 1024**3


class RetentionSettings(Section, kw_only=True, forbid_unknown_fields=True):
    logs_days: int = 90
    mirrors_days: int = 30
    min_free_bytes: int = 512 * 1024**2
    min_free_percent: float = 2.0


class AgentSettings(Section, kw_only=True, forbid_unknown_fields=True):
    name: str = ""
    pool: str = "default"
    slots: int = 0
    first_uid: int = 61000


class ApiSettings(Section, kw_only=True, forbid_unknown_fields=True):
    time_zone: str = "Asia/Shanghai"
    region: str = "cn-north-4"


class Settings(Section, kw_only=True, forbid_unknown_fields=True):
    data_dir: str = "bottega-data"
    http: HttpSettings = msgspec.field(default_factory=HttpSettings)
    database: DatabaseSettings = msgspec.field(default_factory=DatabaseSettings)
    nats: NatsSettings = msgspec.field(default_factory=NatsSettings)
    objects: ObjectSettings = msgspec.field(default_factory=ObjectSettings)
    scm: ScmSettings = msgspec.field(default_factory=ScmSettings)
    sandbox: SandboxSettings = msgspec.field(default_factory=SandboxSettings)
    runs: RunSettings = msgspec.field(default_factory=RunSettings)
    retention: RetentionSettings = msgspec.field(default_factory=RetentionSettings)
    agent: AgentSettings = msgspec.field(default_factory=AgentSettings)
    api: ApiSettings = msgspec.field(default_factory=ApiSettings)

    @property
    def data(self) -> Path:
        """The data folder, absolute."""
        return Path(self.data_dir).absolute()

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL; a file in the data folder unless ``database.url`` names another."""
        return self.database.url or f"sqlite:///{self.data / 'bottega.db'}"

    @property
    def listens_on_loopback(self) -> bool:
        """True while only this machine can reach the server (the condition for ``file://`` repositories)."""
        return self.http.host in {"localhost", "::1"} or self.http.host.startswith("127.")

    @property
    def file_urls_allowed(self) -> bool:
        """Whether builds may check out ``file://`` repositories under the present rule."""
        rule = self.scm.file_urls
        return rule == "always" or (rule == "loopback" and self.listens_on_loopback)


def load(
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Read the settings; ``overrides`` are nested like the file. Raises :class:`SettingsError` naming the key."""
    tree: dict[str, Any] = {}
    if file is not None:
        try:
            tree = tomllib.loads(file.read_text("utf-8"))
        except OSError as error:
            raise SettingsError(f"cannot read {file}: {error.strerror}") from None
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{file} is not valid TOML: {error}") from None
    environ = os.environ if environment is None else environment
    for name, value in sorted(environ.items()):
        if name.startswith(ENVIRONMENT_PREFIX):
            _put(tree, name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__"), value, name)
    _merge(tree, overrides or {})
    try:
        return msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"settings: {error}") from None


def _put(tree: dict[str, Any], path: list[str], value: str, name: str) -> None:
    for part in path[:-1]:
        below = tree.setdefault(part, {})
        if not isinstance(below, dict):
            raise SettingsError(f"{name}: {part} is a value, not a section")
        tree = cast("dict[str, Any]", below)
    tree[path[-1]] = value


def _merge(tree: dict[str, Any], overrides: Mapping[str, Any]) -> None:
    for key, value in overrides.items():
        if isinstance(value, Mapping):
            below = tree.setdefault(key, {})
            if not isinstance(below, dict):
                raise SettingsError(f"{key} is a value in the settings file, not a section")
            _merge(cast("dict[str, Any]", below), cast("Mapping[str, Any]", value))
        else:
            tree[key] = value
