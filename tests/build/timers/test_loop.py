"""The loop of the server fires what is due, without anybody asking."""

import asyncio
from pathlib import Path

from sqlalchemy import select

from bottega.app import Services, bring_schema_up
from bottega.build.timers.tables import TaskTimer
from bottega.clock import epoch_ms
from bottega.loops import domain_loops
from bottega.runs.tables import Run
from bottega.settings import Settings
from tests.build.timers.conftest import EVERY_MINUTE, timed
from tests.support.databases import seed_project, seed_tenant
from tests.support.waiting import eventually


def test_a_task_that_is_due_is_run_by_the_servers_own_loop(tmp_path: Path) -> None:
    services = Services(Settings(data_dir=str(tmp_path / "data")))
    bring_schema_up(services.database)
    caller = seed_tenant(services.database)
    project_id = seed_project(services.database, caller)
    task = services.builds.create(caller, project_id, "task", timed(EVERY_MINUTE))
    # A minute that has begun already, instead of waiting for the next one.
    with services.database.write() as session:
        row = session.get_one(TaskTimer, task.id)
        row.next_at = row.due_at = epoch_ms() // 60_000 * 60_000

    def triggers() -> list[str]:
        with services.database.read() as session:
            return list(session.scalars(select(Run.trigger).where(Run.task_id == task.id)))

    async def serve() -> None:
        async with domain_loops(services):
            await asyncio.to_thread(eventually, triggers)

    asyncio.run(serve())
    assert triggers() == ["TIMER"]
    services.close()
