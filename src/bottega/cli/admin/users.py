"""Users and their passwords."""

import signal
import sys
from typing import Annotated

from cyclopts import Parameter

from bottega.cli.admin.opened import FIRST_TENANT, Config, DataDir, InTenant, opened
from bottega.cli.admin.printing import print_json, print_table


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

    with opened(data_dir, config) as server:
        tenant_id = server.iam.tenants.get(tenant).id
        for wanted in group or []:
            if wanted not in {one.name for one in server.iam.groups.list(tenant_id)}:
                raise NotFound("group", wanted)
        password = _password(generate=not password_stdin)
        user = server.iam.users.add(tenant_id, name, password, email)
        for wanted in group or []:
            server.iam.groups.grant(tenant_id, wanted, user.name)
        told = {"domain_name": tenant, "user_name": user.name, "user_id": user.id}
        print_json(told if password_stdin else told | {"password": password})


def list_users(*, tenant: InTenant = FIRST_TENANT, data_dir: DataDir = None, config: Config = None) -> None:
    """List a tenant's users and the groups they are in."""
    with opened(data_dir, config) as server:
        rows = [
            (
                user.name,
                user.id,
                "enabled" if user.enabled else "disabled",
                ",".join(group.name for group in server.iam.groups.of_user(user.id)),
            )
            for user in server.iam.users.list(server.iam.tenants.get(tenant).id)
        ]
        print_table(("NAME", "ID", "STATE", "GROUPS"), rows)


def disable_user(
    name: str, *, tenant: InTenant = FIRST_TENANT, data_dir: DataDir = None, config: Config = None
) -> None:
    """Refuse a user from now on: password, tokens and access keys."""
    with opened(data_dir, config) as server:
        server.iam.users.disable(server.iam.tenants.get(tenant).id, name)


def set_password(
    name: str,
    *,
    generate: Annotated[bool, Parameter(help="Make a password and print it.")] = False,
    tenant: InTenant = FIRST_TENANT,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Set a user's password, read from stdin unless one is to be made; the user's tokens end."""
    with opened(data_dir, config) as server:
        tenant_id = server.iam.tenants.get(tenant).id
        server.iam.users.get(tenant_id, name)
        password = _password(generate=generate)
        server.iam.users.set_password(tenant_id, name, password)
        if generate:
            print(password)


def _password(*, generate: bool) -> str:
    from bottega.errors import Invalid
    from bottega.iam.tenants import PASSWORD_BYTES
    from bottega.ids import new_secret

    if generate:
        return new_secret(PASSWORD_BYTES)
    try:
        return _asked() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    except (EOFError, UnicodeDecodeError):
        raise Invalid("password", "expected text in UTF-8") from None


def _asked() -> str:
    from getpass import getpass

    # Only when Ctrl-C is an exception does the terminal begin to show again what is typed.
    ending = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return getpass("Password: ")
    finally:
        signal.signal(signal.SIGINT, ending)
