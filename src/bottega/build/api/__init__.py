"""The operations of CodeArts Build on tasks, runs, records and logs."""

from litestar import Router

from bottega.build.api import (
    v1_lists,
    v1_logs,
    v1_records,
    v1_runs,
    v1_tasks,
    v3_lists,
    v3_logs,
    v3_records,
    v3_runs,
    v3_tasks,
)

ROUTES: list[Router] = [
    v1_tasks.ROUTER,
    v1_runs.ROUTER,
    v1_lists.ROUTER,
    v1_records.ROUTER,
    v1_logs.ROUTER,
    v3_tasks.ROUTER,
    v3_runs.ROUTER,
    v3_lists.ROUTER,
    v3_records.ROUTER,
    v3_logs.ROUTER,
]
