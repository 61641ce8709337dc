"""What is served: the operations of all domains, the console, and what their handlers are given."""

from collections.abc import Callable
from typing import Any

from litestar import Litestar
from litestar.di import NamedDependency, Provide

from bottega.app import Services
from bottega.artifacts.api import PUBLIC as ARTIFACT_PUBLIC
from bottega.artifacts.api import ROUTES as ARTIFACT_ROUTES
from bottega.artifacts.for_runs import ArtifactsForRuns
from bottega.audit.api import ROUTES as AUDIT_ROUTES
from bottega.build.api import PUBLIC as BUILD_PUBLIC
from bottega.build.api import ROUTES as BUILD_ROUTES
from bottega.caches.api import ROUTES as CACHE_ROUTES
from bottega.check.api import PUBLIC as CHECK_PUBLIC
from bottega.check.api import ROUTES as CHECK_ROUTES
from bottega.console.front import Front
from bottega.console.places import PUBLIC as CONSOLE_PUBLIC
from bottega.http import documentation, health
from bottega.http.application import Application, OwnRouter
from bottega.http.authentication import AuthenticationMiddleware, provide_principal
from bottega.http.errors import exception_handlers
from bottega.iam.api import PUBLIC as IAM_PUBLIC
from bottega.iam.api import ROUTES as IAM_ROUTES
from bottega.iam.principal import Principal
from bottega.metrics import registry
from bottega.pools.api import ROUTES as POOL_ROUTES
from bottega.projects.api import ROUTES as PROJECT_ROUTES
from bottega.transfers.api import PUBLIC as TRANSFER_PUBLIC
from bottega.transfers.api import ROUTES as TRANSFER_ROUTES


def create_app(services: Services, missing: Callable[[], list[str]]) -> AuthenticationMiddleware:
    """The ASGI app, to be closed at the end; ``missing`` tells what the server still lacks to be healthy."""
    return AuthenticationMiddleware(
        Front(create_routes(services, missing), lambda: _console(services)),
        services.iam.callers,
        region=services.settings.api.region,
        body_limit=services.settings.http.body_limit_bytes,
        public=(
            *health.PUBLIC,
            *IAM_PUBLIC,
            *BUILD_PUBLIC,
            *ARTIFACT_PUBLIC,
            *TRANSFER_PUBLIC,
            *CHECK_PUBLIC,
            *CONSOLE_PUBLIC,
        ),
    )


def _console(services: Services) -> Litestar:
    # It reads templates, and imports what fills them: nobody waits for it who does not open the console.
    from bottega.console.application import create_console  # noqa: PLC0415

    return create_console(
        {"iam": services.iam, "inbox": services.notify.inbox, **_given(services)},
        services.iam.callers,
        services.builds.zone,
        services.settings.http.public_url,
    )


def _given(services: Services) -> dict[str, Any]:
    """What handlers of the API and of the console are given by name."""
    return {
        "artifacts": services.artifacts,
        "caches": services.caches,
        "catalogues": services.catalogues,
        # Not "rule_sets": a body has a field of that name.
        "rule_book": services.rule_sets,
        "audit": services.audit,
        "agent_pools": services.agent_pools,
        "projects": services.projects,
        "provenance": services.provenance,
        "members": services.members,
        "builds": services.builds,
        "files": services.files,
        # Not "permissions": a body has a field of that name, and the framework would take its faults for ours.
        "matrices": services.permissions,
        "tenants": services.tenants,
        "states": services.states,
        "changes": services.changes,
        "favourites": services.favourites,
        "groups": services.groups,
        "build_records": services.build_records,
        "recycling": services.recycling,
        "reports": services.reports,
        "statistics": services.statistics,
        "templates": services.templates,
        "logs": services.logs,
        "build_logs": services.build_logs,
        "analysis": services.analysis,
        "code": services.code,
        "notices": services.notices,
        "hooks": services.hooks,
        "badges": services.badges,
        "check_tasks": services.check_tasks,
        "check_lists": services.check_lists,
        "check_gates": services.check_gates,
        "check_groups": services.check_groups,
        "check_changes": services.check_changes,
        "check_code": services.check_code,
        "check_hooks": services.check_hooks,
        "check_notices": services.check_notices,
        "check_schedules": services.check_schedules,
        "check_trees": services.check_trees,
        "issues": services.issues,
        "issue_changes": services.issue_changes,
        "issue_export": services.issue_export,
        "issue_fixes": services.issue_fixes,
        "check_measures": services.check_measures,
        "issue_imports": services.issue_imports,
        "report_jobs": services.report_jobs,
        "check_removal": services.check_removal,
        "scans": services.scans,
        "scan_history": services.scan_history,
        "scan_logs": services.scan_logs,
        "health_badges": services.health_badges,
    }


def create_routes(services: Services, missing: Callable[[], list[str]]) -> Litestar:
    """All operations, behind no authentication yet."""
    settings = services.settings
    given = {
        "iam": Provide(lambda: services.iam, sync_to_thread=False),
        "public_badges": Provide(lambda: services.public_badges, sync_to_thread=False),
        "receiver": Provide(lambda: services.hooks.receiver, sync_to_thread=False),
        "artifacts_for_runs": Provide(
            lambda: ArtifactsForRuns(services.database, services.artifacts), sync_to_thread=False
        ),
        "caches_for_runs": Provide(lambda: services.caches_for_runs, sync_to_thread=False),
        "scans_for_runs": Provide(lambda: services.scans_for_runs, sync_to_thread=False),
        "signing_keys": Provide(lambda: services.signing_keys, sync_to_thread=False),
        "transfers": Provide(lambda: services.transfers, sync_to_thread=False),
        "principal": Provide(provide_principal, sync_to_thread=False),
        **{
            name: Provide(_for_callers(value), sync_to_thread=False)
            for name, value in _given(services).items()
        },
    }
    routers = [
        health.routes(missing, registry(services.database, services.runs.silent_after_ms)),
        *IAM_ROUTES,
        *AUDIT_ROUTES,
        *PROJECT_ROUTES,
        *POOL_ROUTES,
        *BUILD_ROUTES,
        *ARTIFACT_ROUTES,
        *CACHE_ROUTES,
        *CHECK_ROUTES,
        *TRANSFER_ROUTES,
    ]
    return Application(
        route_handlers=[OwnRouter(router, given) for router in routers],
        exception_handlers=exception_handlers(),
        openapi_config=documentation.description(),
        response_headers=documentation.HEADERS,
        request_max_body_size=settings.http.body_limit_bytes,
        logging_config=None,
    )


def _for_callers(value: Any) -> Any:
    # The framework resolves dependencies in turn when one needs the other, and otherwise in a task group, which costs
    # more than all else it does for a request.
    def provide(principal: NamedDependency[Principal]) -> Any:  # noqa: ARG001
        return value

    return provide
