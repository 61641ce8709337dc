"""Access keys."""

from bottega.cli.admin.opened import FIRST_TENANT, Config, DataDir, InTenant, opened
from bottega.cli.admin.printing import print_json, print_table


def add_access_key(
    user: str,
    *,
    description: str = "",
    tenant: InTenant = FIRST_TENANT,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Make an access key for a user and print it as JSON; the secret key is never shown again."""
    with opened(data_dir, config) as server:
        key = server.iam.access_keys.add(server.iam.tenants.get(tenant).id, user, description)
        print_json({"access_key": key.access_key, "secret_key": key.secret_key})


def list_access_keys(
    *, tenant: InTenant = FIRST_TENANT, data_dir: DataDir = None, config: Config = None
) -> None:
    """List a tenant's access keys, without their secrets."""
    with opened(data_dir, config) as server:
        rows = [
            (key.id, user.name, "usable" if key.revoked_at is None else "revoked", key.description)
            for key, user in server.iam.access_keys.list(server.iam.tenants.get(tenant).id)
        ]
        print_table(("ACCESS KEY", "USER", "STATE", "DESCRIPTION"), rows)


def revoke_access_key(
    access_key: str, *, tenant: InTenant = FIRST_TENANT, data_dir: DataDir = None, config: Config = None
) -> None:
    """Refuse an access key from now on."""
    with opened(data_dir, config) as server:
        server.iam.access_keys.revoke(server.iam.tenants.get(tenant).id, access_key)
