"""The pages, one file per topic: ask a service, fill a template."""

from collections.abc import Sequence
from typing import Any

from bottega.console.views import (
    agents,
    artifacts,
    build_tasks,
    caches,
    check_tasks,
    issues,
    messages,
    overview,
    records,
    scans,
    sign_in,
)

VIEWS: Sequence[Any] = [
    *overview.VIEWS,
    *sign_in.VIEWS,
    *build_tasks.VIEWS,
    *records.VIEWS,
    *caches.VIEWS,
    *check_tasks.VIEWS,
    *scans.VIEWS,
    *issues.VIEWS,
    *artifacts.VIEWS,
    *agents.VIEWS,
    *messages.VIEWS,
]
