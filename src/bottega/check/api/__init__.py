"""The operations of CodeArts Check."""

from litestar import Router

from bottega.check.api import v2_task_settings, v2_tasks

PUBLIC: tuple[str, ...] = ()
"""What strangers may call: the operations look themselves who is asking."""

ROUTES: list[Router] = [
    v2_tasks.ROUTER,
    v2_task_settings.ROUTER,
]
