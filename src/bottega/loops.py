"""What the domains do from time to time; every replica does it, and doing it twice at once is harmless."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from bottega.app import Services
from bottega.artifacts.housekeeping import ArtifactHousekeeping
from bottega.awaiting import end_all
from bottega.caches.housekeeping import CacheHousekeeping
from bottega.runs.control.periodic import every

SWEEP_SECONDS = 3600.0
"""Between two looks at the recycle bins."""
NOTICE_SECONDS = 600.0
"""Between two looks for notices that are given up or forgotten."""
REPORT_SECONDS = 3600.0
"""Between two looks for coverage reports that are too old."""
AUDIT_SECONDS = 3600.0
"""Between two looks for audit events that are too old."""

PROOF_SECONDS = 5.0
"""Between two looks for artifacts of builds that have ended."""
OBJECT_SECONDS = 30.0
"""Between two looks for objects nobody needs."""
ARTIFACT_SECONDS = 3600.0
"""Between two looks for versions of packages that are not kept any longer."""
CACHE_SECONDS = 3600.0
"""Between two looks for dependency caches nobody uses any more."""
CHECK_TASK_SECONDS = 5.0
"""Between two looks for deleted check tasks that are to be cleared away."""
RESULT_SECONDS = 3.0
"""Between two looks for results of checks; they are also looked for when there is a new one."""
REPORTED_SECONDS = 10.0
"""Between two looks for reports of checks that are to be written; they are also looked for when there is a new one."""
LEFTOVER_SECONDS = 60.0
"""Between two looks for checks whose run is over."""
PLAN_SECONDS = 3.0
"""Between two looks for runs whose files are to be read; they are also looked for when there is a new one."""
FLOW_SECONDS = 3.0
"""Between two looks at flows; they are also looked at when a job has ended."""

CHECK_TRIGGER_SECONDS = 2.0
"""Between two looks for pushes and merge requests that are to be checked."""
TIMER_SECONDS = 2.0
"""Between two looks for tasks whose time has come."""
HOOK_SECONDS = 5.0
"""Between two looks for pushes that had to wait."""
ANNOTATION_SECONDS = 2.0
"""Between two looks for merge requests that are to be told of issues."""
STATUS_SECONDS = 1.0
"""Between two looks for commits whose status is to be set."""
POLLING_SECONDS = 2.0
"""Between two looks for repositories that are to be asked."""


@asynccontextmanager
async def domain_loops(services: Services) -> AsyncGenerator[None]:
    """Run the loops as long as the block."""
    plans, flows, results, asked = (asyncio.Event() for _ in range(4))
    here = asyncio.get_running_loop()

    def wake() -> None:
        # Called from any thread, also while the loop ends.
        with suppress(RuntimeError):
            here.call_soon_threadsafe(plans.set)
            here.call_soon_threadsafe(flows.set)

    def wake_storage() -> None:
        with suppress(RuntimeError):
            here.call_soon_threadsafe(results.set)

    def wake_reports() -> None:
        with suppress(RuntimeError):
            here.call_soon_threadsafe(asked.set)

    services.runs.hints.held = wake
    services.report_jobs.asked = wake_reports
    services.scan_receiver.arrived = wake_storage
    days = services.settings.retention.audit_days
    notices_days, statuses = services.settings.retention.notices_days, services.commit_status
    annotations = services.annotations
    logs_days, reports = services.settings.retention.logs_days, services.reports.housekeeping
    artifacts = ArtifactHousekeeping(
        services.database,
        services.settings.retention.artifacts_days,
        services.settings.artifacts.keep_versions,
    )
    caches = CacheHousekeeping(
        services.database,
        services.settings.retention.caches_days,
        services.settings.caches.tenant_bytes,
    )
    loops = [
        asyncio.create_task(every(SWEEP_SECONDS, "emptying recycle bins", services.recycling.sweep)),
        asyncio.create_task(every(NOTICE_SECONDS, "notice retention", services.notify.housekeeping.tidy)),
        asyncio.create_task(
            every(REPORT_SECONDS, "report retention", lambda: reports.delete_expired(logs_days))
        ),
        asyncio.create_task(every(AUDIT_SECONDS, "audit retention", lambda: services.audit.purge(days))),
        asyncio.create_task(every(PROOF_SECONDS, "signing artifacts", services.provenance.sign_ended)),
        asyncio.create_task(every(OBJECT_SECONDS, "deleting objects", services.transfers.sweeper.sweep)),
        asyncio.create_task(every(ARTIFACT_SECONDS, "artifact retention", artifacts.tidy)),
        asyncio.create_task(every(CACHE_SECONDS, "cache retention", caches.tidy)),
        asyncio.create_task(
            every(CHECK_TASK_SECONDS, "clearing away check tasks", services.check_removal.sweep)
        ),
        asyncio.create_task(
            every(RESULT_SECONDS, "storing checks", services.scan_storage.scan, wake=results)
        ),
        asyncio.create_task(
            every(REPORTED_SECONDS, "writing reports", services.report_jobs.scan, wake=asked)
        ),
        asyncio.create_task(every(LEFTOVER_SECONDS, "ending checks", services.scan_leftovers.sweep)),
        asyncio.create_task(
            every(CHECK_TRIGGER_SECONDS, "starting checks by pushes", services.check_triggers.scan)
        ),
        asyncio.create_task(
            every(CHECK_TRIGGER_SECONDS, "schedules of checks", services.check_schedules.scan)
        ),
        asyncio.create_task(every(TIMER_SECONDS, "timers", services.timers.scan)),
        asyncio.create_task(every(HOOK_SECONDS, "webhooks", services.hooks.handler.scan)),
        asyncio.create_task(every(STATUS_SECONDS, "commit statuses", statuses.scan)),
        asyncio.create_task(
            every(NOTICE_SECONDS, "commit status retention", lambda: statuses.purge(notices_days))
        ),
        asyncio.create_task(every(ANNOTATION_SECONDS, "annotations", annotations.scan)),
        asyncio.create_task(
            every(NOTICE_SECONDS, "annotation retention", lambda: annotations.purge(notices_days))
        ),
        asyncio.create_task(every(POLLING_SECONDS, "polling", services.polling.scan)),
        asyncio.create_task(every(PLAN_SECONDS, "planning", services.planner.scan, wake=plans)),
        asyncio.create_task(every(FLOW_SECONDS, "build flows", services.flows.scan, wake=flows)),
    ]
    try:
        yield
    finally:
        await end_all(loops)
