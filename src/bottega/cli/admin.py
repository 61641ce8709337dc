"""``bottega admin``: tenants, users, groups and access keys, beside a running server or without one.

Everything is read from and written to the database itself, so whoever may read the data folder may do this.
"""

import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from bottega.iam.service import IamService
    from bottega.settings import Settings
    from bottega.store.database import Database

FIRST_TENANT = "bottega"

admin = App(name="admin", help="Administer tenants, users, groups, access keys and limits.")


DataDir = Annotated[Path | None, Parameter(help="The server's data folder.")]
Config = Annotated[
    Path | None, Parameter(help="Settings file (TOML); default: bottega.toml in the data folder.")
]
InTenant = Annotated[str, Parameter(help="The tenant's name.")]


@admin.command
def add_tenant(name: str, *, data_dir: DataDir = None, config: Config = None) -> None:
    """Add a tenant and print its credentials as JSON, in the form of credentials.json."""
    import msgspec

    with _opened(data_dir, config) as (iam, _, settings):
        _print_json(msgspec.structs.asdict(iam.create_tenant(name, _endpoint(settings))))


@admin.command
def list_tenants(*, data_dir: DataDir = None, config: Config = None) -> None:
    """List all tenants."""
    with _opened(data_dir, config) as (iam, _, _settings):
        _print_table(("NAME", "ID"), ((tenant.name, tenant.id) for tenant in iam.tenants.list()))


@admin.command
def add_user(
    name: str,
    *,
    group: Annotated[
        list[str] | None, Parameter(help="A group to put the user into; may be repeated.")
    ] = None,
    email: str = "",
    password_stdin: Annotated[bool, Parameter(help="Read the password from stdin, do not make one.")] = False,
    tenant: InTenant = FIRST_TENANT,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Add a user and print it as JSON, with the password unless that came from stdin."""
    from bottega.errors import NotFound

    with _opened(data_dir, config) as (iam, _, _settings):
        tenant_id = iam.tenants.get(tenant).id
        for wanted in group or []:
            if wanted not in {one.name for one in iam.groups.list(tenant_id)}:
                raise NotFound("group", wanted)
        password = _password(generate=not password_stdin)
        user = iam.users.add(tenant_id, name, password, email)
        for wanted in group or []:
            iam.groups.grant(tenant_id, wanted, user.name)
        told = {"domain_name": tenant, "user_name": user.name, "user_id": user.id}
        _print_json(told if password_stdin else told | {"password": password})


@admin.command
def list_users(*, tenant: InTenant = FIRST_TENANT, data_dir: DataDir = None, config: Config = None) -> None:
    """List a tenant's users and the groups they are in."""
    with _opened(data_dir, config) as (iam, _, _settings):
        rows = [
            (
                user.name,
                user.id,
                "enabled" if user.enabled else "disabled",
                ",".join(group.name for group in iam.groups.of_user(user.id)),
            )
            for user in iam.users.list(iam.tenants.get(tenant).id)
        ]
        _print_table(("NAME", "ID", "STATE", "GROUPS"), rows)


@admin.command
def disable_user(
    name: str, *, tenant: InTenant = FIRST_TENANT, data_dir: DataDir = None, config: Config = None
) -> None:
    """Refuse a user from now on: password, tokens and access keys."""
    with _opened(data_dir, config) as (iam, _, _settings):
        iam.users.disable(iam.tenants.get(tenant).id, name)


@admin.command
def set_password(
    name: str,
    *,
    generate: Annotated[bool, Parameter(help="Make a password and print it.")] = False,
    tenant: InTenant = FIRST_TENANT,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Set a user's password, read from stdin unless one is to be made; the user's tokens end."""
    with _opened(data_dir, config) as (iam, _, _settings):
        tenant_id = iam.tenants.get(tenant).id
        iam.users.get(tenant_id, name)
        password = _password(generate=generate)
        iam.users.set_password(tenant_id, name, password)
        if generate:
            print(password)


@admin.command
def add_group(
    name: str,
    *,
    rights: Annotated[
        str, Parameter(help="Separated by commas: view, create, modify, delete, execute, administer.")
    ],
    tenant: InTenant = FIRST_TENANT,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Add a group with rights in the whole tenant."""
    with _opened(data_dir, config) as (iam, _, _settings):
        wanted = [right.strip() for right in rights.split(",") if right.strip()]
        iam.groups.add(iam.tenants.get(tenant).id, name, wanted)


@admin.command
def grant(
    group: str, user: str, *, tenant: InTenant = FIRST_TENANT, data_dir: DataDir = None, config: Config = None
) -> None:
    """Put a user into a group."""
    with _opened(data_dir, config) as (iam, _, _settings):
        iam.groups.grant(iam.tenants.get(tenant).id, group, user)


@admin.command
def withdraw(
    group: str, user: str, *, tenant: InTenant = FIRST_TENANT, data_dir: DataDir = None, config: Config = None
) -> None:
    """Take a user out of a group."""
    with _opened(data_dir, config) as (iam, _, _settings):
        iam.groups.withdraw(iam.tenants.get(tenant).id, group, user)


@admin.command
def add_access_key(
    user: str,
    *,
    description: str = "",
    tenant: InTenant = FIRST_TENANT,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Make an access key for a user and print it as JSON; the secret key is never shown again."""
    with _opened(data_dir, config) as (iam, _, _settings):
        key = iam.access_keys.add(iam.tenants.get(tenant).id, user, description)
        _print_json({"access_key": key.access_key, "secret_key": key.secret_key})


@admin.command
def list_access_keys(
    *, tenant: InTenant = FIRST_TENANT, data_dir: DataDir = None, config: Config = None
) -> None:
    """List a tenant's access keys, without their secrets."""
    with _opened(data_dir, config) as (iam, _, _settings):
        rows = [
            (key.id, user.name, "usable" if key.revoked_at is None else "revoked", key.description)
            for key, user in iam.access_keys.list(iam.tenants.get(tenant).id)
        ]
        _print_table(("ACCESS KEY", "USER", "STATE", "DESCRIPTION"), rows)


@admin.command
def revoke_access_key(
    access_key: str, *, tenant: InTenant = FIRST_TENANT, data_dir: DataDir = None, config: Config = None
) -> None:
    """Refuse an access key from now on."""
    with _opened(data_dir, config) as (iam, _, _settings):
        iam.access_keys.revoke(iam.tenants.get(tenant).id, access_key)


@admin.command
def set_limits(
    tenant: str,
    *,
    concurrency: Annotated[int | None, Parameter(help="How many runs may run at a time.")] = None,
    queue: Annotated[int | None, Parameter(help="How many runs may wait.")] = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Give a tenant limits of its own; what is not given stays as it is."""
    from bottega.errors import Invalid
    from bottega.runs.tables import TenantLimit

    with _opened(data_dir, config) as (iam, database, settings):
        if concurrency is not None and concurrency < 1:
            raise Invalid("--concurrency", "expected 1 or more")
        if queue is not None and queue < 0:
            raise Invalid("--queue", "expected 0 or more")
        tenant_id = iam.tenants.get(tenant).id
        with database.write() as session:
            limit = session.get(TenantLimit, tenant_id) or TenantLimit(
                tenant_id=tenant_id,
                concurrency=settings.runs.tenant_concurrency,
                queue=settings.runs.tenant_queue,
            )
            limit.concurrency = limit.concurrency if concurrency is None else concurrency
            limit.queue = limit.queue if queue is None else queue
            session.add(limit)
            told = {"tenant": tenant, "concurrency": limit.concurrency, "queue": limit.queue}
        _print_json(told)


@contextmanager
def _opened(
    data_dir: Path | None, config: Path | None
) -> Generator[tuple["IamService", "Database", "Settings"]]:
    """The services on the server's own database. Whatever goes wrong ends the command with one line."""
    from sqlalchemy.exc import SQLAlchemyError

    from bottega.app import open_database
    from bottega.cli.options import fail, settings_from
    from bottega.errors import BottegaError
    from bottega.iam.service import IamService
    from bottega.migrate import SchemaError, require_present
    from bottega.store.secrets import SecretBox

    settings = settings_from(data_dir, config)
    key = settings.data / "master.key"
    if not key.exists():
        fail(f"{settings.data} is not the data folder of a server that was started before (no master.key)")
    try:
        database = open_database(settings)
        iam = IamService(database, SecretBox.open(key), settings)
        try:
            require_present(database)
            yield iam, database, settings
        finally:
            iam.close()
            database.close()
    except (BottegaError, SchemaError) as error:
        fail(str(error))
    except (SQLAlchemyError, OSError) as error:
        fail(f"cannot use the database: {str(error).splitlines()[0]}")


def _endpoint(settings: "Settings") -> str:
    """Where clients reach the server: as it is running or ran last, else as it is configured."""
    import msgspec

    from bottega.iam.bootstrap import CREDENTIALS_FILE
    from bottega.iam.tenants import Credentials

    if settings.http.public_url:
        return settings.http.public_url.rstrip("/")
    try:
        content = (settings.data / CREDENTIALS_FILE).read_bytes()
        return msgspec.json.decode(content, type=Credentials).endpoint
    except (OSError, msgspec.DecodeError):
        return f"http://{settings.http.host}:{settings.http.port}"


def _password(*, generate: bool) -> str:
    from getpass import getpass

    from bottega.iam.tenants import PASSWORD_BYTES
    from bottega.ids import new_secret

    if generate:
        return new_secret(PASSWORD_BYTES)
    if sys.stdin.isatty():
        return getpass("Password: ")
    return sys.stdin.readline().rstrip("\r\n")


def _print_json(value: Mapping[str, object]) -> None:
    import msgspec

    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def _print_table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    table = [head, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
