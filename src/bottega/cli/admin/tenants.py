"""Tenants and their limits."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from bottega.cli.admin.opened import Config, DataDir, opened
from bottega.cli.admin.printing import print_json, print_table

if TYPE_CHECKING:
    from bottega.settings import Settings

MOST_RUNS = 1_000_000


def add_tenant(name: str, *, data_dir: DataDir = None, config: Config = None) -> None:
    """Add a tenant and print its credentials as JSON, in the form of credentials.json."""
    import msgspec

    with opened(data_dir, config) as server:
        print_json(msgspec.structs.asdict(server.iam.create_tenant(name, _endpoint(server.settings))))


def list_tenants(*, data_dir: DataDir = None, config: Config = None) -> None:
    """List all tenants."""
    with opened(data_dir, config) as server:
        print_table(("NAME", "ID"), ((tenant.name, tenant.id) for tenant in server.iam.tenants.list()))


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

    with opened(data_dir, config) as server:
        if concurrency is not None and not 1 <= concurrency <= MOST_RUNS:
            raise Invalid("--concurrency", f"expected 1 to {MOST_RUNS}")
        if queue is not None and not 0 <= queue <= MOST_RUNS:
            raise Invalid("--queue", f"expected 0 to {MOST_RUNS}")
        tenant_id = server.iam.tenants.get(tenant).id
        with server.database.write() as session:
            limit = session.get(TenantLimit, tenant_id) or TenantLimit(
                tenant_id=tenant_id,
                concurrency=server.settings.runs.tenant_concurrency,
                queue=server.settings.runs.tenant_queue,
            )
            limit.concurrency = limit.concurrency if concurrency is None else concurrency
            limit.queue = limit.queue if queue is None else queue
            session.add(limit)
            told = {"tenant": tenant, "concurrency": limit.concurrency, "queue": limit.queue}
        print_json(told)


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
