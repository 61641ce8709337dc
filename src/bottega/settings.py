"""Settings from a TOML file and ``BOTTEGA_…`` environment variables; unknown keys and impossible values are refused.

Order, later wins: defaults, the file, the environment, command-line options. An environment name is the path
of the key in upper case, ``BOTTEGA_`` in front and two underscores between levels: ``runs.lease_seconds`` is
``BOTTEGA_RUNS__LEASE_SECONDS``.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

ENVIRONMENT_PREFIX = "BOTTEGA_"
NO_SETTINGS = frozenset({"BOTTEGA_NODE_FOLDER", "BOTTEGA_PMD_HOME"})
"""Variables with our prefix that are not for us: they tell code checks where analysers are."""

MAX_TOOLS = 32
WEB_ADDRESS = re.compile(r"^https?://[^\s/?#]+(/[^\s?#]*)?$")
MAIL_ADDRESS = re.compile(r"[^\s@<>\"]+@[A-Za-z0-9.-]+|[^\x00-\x1f@<>\"]+ <[^\s@<>\"]+@[A-Za-z0-9.-]+>")
TYPE_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "object": "a table",
    "array": "a list",
}

Port = Annotated[int, Meta(ge=0, le=65535)]
AtLeastOne = Annotated[int, Meta(ge=1, le=1_000_000)]
NotEmpty = Annotated[str, Meta(min_length=1)]
Bytes = Annotated[int, Meta(ge=0, le=2**62)]
Days = Annotated[int, Meta(ge=0, le=36_500)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class SettingsError(Exception):
    """The settings cannot be used; the message names the key."""


class Section(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Base of all sections: an unknown key is an error, never ignored."""


class HttpSettings(Section, kw_only=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: str = ""
    body_limit_bytes: Annotated[int, Meta(ge=1024, le=2**31)] = 12 * 1024 * 1024


class DatabaseSettings(Section, kw_only=True, forbid_unknown_fields=True):
    url: str = ""
    durability: Literal["normal", "full"] = "normal"
    pool_size: Annotated[int, Meta(ge=1, le=1000)] = 8


class NatsSettings(Section, kw_only=True, forbid_unknown_fields=True):
    url: str = ""
    credentials_file: str = ""
    host: str = "127.0.0.1"
    port: Port = 0
    # The stream of reports alone may take 1 GiB, and the broker refuses a stream that does not fit.
    store_bytes: Annotated[int, Meta(ge=1024**3, le=2**62)] = 4 * 1024**3


class ObjectSettings(Section, kw_only=True, forbid_unknown_fields=True):
    url: str = ""
    options: dict[str, str] = {}


class ScmCredential(Section, kw_only=True, forbid_unknown_fields=True):
    host: NotEmpty
    kind: Literal["basic", "ssh-key"] = "basic"
    username: str = ""
    secret_file: NotEmpty
    known_hosts_file: str = ""
    submodules_of: list[str] = []


class ScmSettings(Section, kw_only=True, forbid_unknown_fields=True):
    file_urls: Literal["loopback", "always", "never"] = "loopback"
    allow_http: bool = True
    allowed_hosts: list[str] = []
    credentials: list[ScmCredential] = []
    poll_seconds: Annotated[float, Meta(ge=0, le=86_400)] = 60.0


class ForgeSettings(Section, kw_only=True, forbid_unknown_fields=True):
    host: NotEmpty
    kind: Literal["github", "gitlab", "gitea"]
    token_file: NotEmpty
    api_url: str = ""
    repositories: list[str] = []
    annotations: bool = False


class SandboxSettings(Section, kw_only=True, forbid_unknown_fields=True):
    require: Literal["bubblewrap", "landlock", "process"] = "landlock"
    network: bool = True
    read_only_paths: list[str] = []


class RunSettings(Section, kw_only=True, forbid_unknown_fields=True):
    tenant_concurrency: AtLeastOne = 20
    tenant_queue: Annotated[int, Meta(ge=0, le=1_000_000)] = 1000
    lease_seconds: Seconds = 45.0
    renew_seconds: Seconds = 5.0
    max_attempts: AtLeastOne = 3
    timeout_minutes: AtLeastOne = 240
    yaml_retry_seconds: Annotated[float, Meta(ge=0, le=86_400)] = 120.0
    stop_grace_seconds: Annotated[float, Meta(ge=0, le=86_400)] = 10.0
    log_limit_bytes: Bytes = 1024**3
    workspace_bytes: Bytes = 60 * 1024**3


class RetentionSettings(Section, kw_only=True, forbid_unknown_fields=True):
    artifacts_days: Days = 0
    caches_days: Days = 30
    audit_days: Days = 365
    logs_days: Days = 90
    notices_days: Days = 30
    mirrors_days: Days = 30
    min_free_bytes: Bytes = 512 * 1024**2
    min_free_percent: Annotated[float, Meta(ge=0, lt=100)] = 2.0


class FileSettings(Section, kw_only=True, forbid_unknown_fields=True):
    per_tenant: Annotated[int, Meta(ge=1, le=10_000)] = 20


class ArtifactSettings(Section, kw_only=True, forbid_unknown_fields=True):
    file_bytes: Bytes = 10 * 1024**3
    run_bytes: Bytes = 20 * 1024**3
    tenant_bytes: Bytes = 0
    keep_versions: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class CacheSettings(Section, kw_only=True, forbid_unknown_fields=True):
    max_bytes: Bytes = 2 * 1024**3
    tenant_bytes: Bytes = 20 * 1024**3


class MailSettings(Section, kw_only=True, forbid_unknown_fields=True):
    host: str = ""
    port: Port = 0
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password_file: str = ""
    from_address: str = ""


class NotifySettings(Section, kw_only=True, forbid_unknown_fields=True):
    allow_private: bool = False
    allowed_hosts: list[str] = []
    ca_file: str = ""


class ToolSettings(Section, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_+.-]{0,31}$")]
    version: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_+.-]{0,31}$")]
    path: Annotated[str, Meta(pattern=r"^/[^\x00]{1,250}$")]


Registry = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,252}(:[0-9]{1,5})?$")]


class ContainerSettings(Section, kw_only=True, forbid_unknown_fields=True):
    insecure_registries: list[Registry] = []
    mirrors: dict[Registry, Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,300}$")]] = {}
    push_to: Annotated[str, Meta(pattern=r"^[A-Za-z0-9{][A-Za-z0-9.{}_:/-]{0,300}$")] = (
        "swr.{region}.myhuaweicloud.com"
    )


class AgentSettings(Section, kw_only=True, forbid_unknown_fields=True):
    name: str = ""
    pool: str = "default"
    slots: Annotated[int, Meta(ge=0, le=1000)] = 0
    # Never 0: steps would be root. The last ones mean "nobody" and "no id" to the kernel.
    first_uid: Annotated[int, Meta(ge=1, le=2**31)] = 61000
    image_match: Literal["lenient", "strict"] = "lenient"
    labels: list[Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$")]] = []
    tools: list[ToolSettings] = []
    containers: ContainerSettings = msgspec.field(default_factory=ContainerSettings)
    server_url: str = ""


class ApiSettings(Section, kw_only=True, forbid_unknown_fields=True):
    time_zone: str = "Asia/Shanghai"
    region: str = "cn-north-4"


class ReportSettings(Section, kw_only=True, forbid_unknown_fields=True):
    fonts: list[Annotated[str, Meta(pattern=r"^/[^\x00]{1,250}$")]] = []


class Settings(Section, kw_only=True, forbid_unknown_fields=True):
    data_dir: NotEmpty = "bottega-data"
    debug: bool = False
    http: HttpSettings = msgspec.field(default_factory=HttpSettings)
    database: DatabaseSettings = msgspec.field(default_factory=DatabaseSettings)
    nats: NatsSettings = msgspec.field(default_factory=NatsSettings)
    objects: ObjectSettings = msgspec.field(default_factory=ObjectSettings)
    scm: ScmSettings = msgspec.field(default_factory=ScmSettings)
    forges: list[ForgeSettings] = []
    sandbox: SandboxSettings = msgspec.field(default_factory=SandboxSettings)
    runs: RunSettings = msgspec.field(default_factory=RunSettings)
    retention: RetentionSettings = msgspec.field(default_factory=RetentionSettings)
    files: FileSettings = msgspec.field(default_factory=FileSettings)
    artifacts: ArtifactSettings = msgspec.field(default_factory=ArtifactSettings)
    caches: CacheSettings = msgspec.field(default_factory=CacheSettings)
    mail: MailSettings = msgspec.field(default_factory=MailSettings)
    notify: NotifySettings = msgspec.field(default_factory=NotifySettings)
    agent: AgentSettings = msgspec.field(default_factory=AgentSettings)
    reports: ReportSettings = msgspec.field(default_factory=ReportSettings)
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
        except ValueError as error:
            # TOML of its own kind, or no UTF-8.
            raise SettingsError(f"{file} is not valid TOML: {error}") from None
    environ = os.environ if environment is None else environment
    for name, value in sorted(environ.items()):
        if name.startswith(ENVIRONMENT_PREFIX) and name not in NO_SETTINGS:
            _put(tree, name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__"), value, name)
    _merge(tree, overrides or {})
    try:
        settings = msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"settings: {_in_plain_words(str(error))}") from None
    _check(settings)
    return settings


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


def _check(settings: Settings) -> None:
    """What cannot be said of one key alone."""
    runs = settings.runs
    if runs.renew_seconds >= runs.lease_seconds:
        raise SettingsError(
            f"settings: runs.renew_seconds: {runs.renew_seconds:g} is not less than"
            f" runs.lease_seconds ({runs.lease_seconds:g})"
        )
    _check_mail(settings.mail)
    if len(settings.agent.tools) > MAX_TOOLS:
        raise SettingsError(f"settings: agent.tools: at most {MAX_TOOLS} are possible")
    for tool in settings.agent.tools:
        if ".." in tool.path.split("/"):
            raise SettingsError("settings: agent.tools.path: '..' is not possible")
    for key, address in (
        ("http.public_url", settings.http.public_url),
        ("agent.server_url", settings.agent.server_url),
    ):
        if address and not WEB_ADDRESS.match(address):
            raise SettingsError(f"settings: {key}: expected an address such as https://build.example.com")
    for forge in settings.forges:
        if forge.api_url and not WEB_ADDRESS.match(forge.api_url):
            raise SettingsError(
                f"settings: forges.api_url: of {forge.host}: expected an address such as https://{forge.host}/api"
            )
    try:
        ZoneInfo(settings.api.time_zone)
    except (OSError, ValueError, KeyError):
        # Names of folders, what can be no name at all, and names of nothing.
        raise SettingsError(
            f"settings: api.time_zone: {settings.api.time_zone!r} is not the IANA name of a time zone"
        ) from None


def _check_mail(mail: MailSettings) -> None:
    if mail.host and not MAIL_ADDRESS.fullmatch(mail.from_address):
        raise SettingsError(
            "settings: mail.from_address: expected an address such as bottega@example.com, because mail.host is set"
        )
    if bool(mail.username) != bool(mail.password_file):
        raise SettingsError("settings: mail.username and mail.password_file: one is set without the other")
    if mail.username and mail.security == "none":
        raise SettingsError("settings: mail.security: with none the password would travel in clear")


def _in_plain_words(message: str) -> str:
    """``http.port: expected a whole number <= 65535`` from the decoder's own words, which end with a JSON path."""
    reason, _, path = message.partition(" - at `$")
    path = path.rstrip("`").removeprefix(".")
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", reason)
    if unknown:
        return f"{path}{'.' if path else ''}{unknown[1]}: there is no such setting"
    plain = re.sub(r"`(\w+)`", lambda found: TYPE_WORDS.get(found[1], found[1]), reason)
    return f"{path}: {plain[:1].lower()}{plain[1:]}"
