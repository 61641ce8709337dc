"""Groups of rights, and who is in them."""

from typing import Annotated

from cyclopts import Parameter

from bottega.cli.admin.opened import FIRST_TENANT, Config, DataDir, InTenant, opened


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
    with opened(data_dir, config) as server:
        wanted = [right.strip() for right in rights.split(",") if right.strip()]
        server.iam.groups.add(server.iam.tenants.get(tenant).id, name, wanted)


def grant(
    group: str, user: str, *, tenant: InTenant = FIRST_TENANT, data_dir: DataDir = None, config: Config = None
) -> None:
    """Put a user into a group."""
    with opened(data_dir, config) as server:
        server.iam.groups.grant(server.iam.tenants.get(tenant).id, group, user)


def withdraw(
    group: str, user: str, *, tenant: InTenant = FIRST_TENANT, data_dir: DataDir = None, config: Config = None
) -> None:
    """Take a user out of a group."""
    with opened(data_dir, config) as server:
        server.iam.groups.withdraw(server.iam.tenants.get(tenant).id, group, user)
