"""``bottega admin``: what its administrator tells a server, beside it while it runs or without it.

Everything is read from and written to the database itself, so whoever may read the data folder may do this.
"""

from cyclopts import App

from bottega.cli.admin import (
    access_keys,
    agents,
    engines,
    groups,
    migration,
    pools,
    signing_key,
    tenants,
    users,
)

admin = App(
    name="admin",
    help="Administer tenants, users, groups, access keys, limits, agents, pools, analysers and the database.",
)

for command in (
    tenants.add_tenant,
    tenants.list_tenants,
    tenants.set_limits,
    users.add_user,
    users.list_users,
    users.disable_user,
    users.set_password,
    groups.add_group,
    groups.grant,
    groups.withdraw,
    access_keys.add_access_key,
    access_keys.list_access_keys,
    access_keys.revoke_access_key,
    agents.add_agent,
    agents.list_agents,
    agents.drain_agent,
    agents.label_agent,
    agents.revoke_agent,
    signing_key.show_signing_key,
    pools.list_pools,
    pools.set_pool,
    migration.migrate,
    engines.install_engines,
):
    admin.command(command)
