"""Tasks with a past, written straight into the tables."""

from collections.abc import Sequence
from typing import Any

import msgspec

from bottega.build.definition import Definition
from bottega.build.service import BuildService
from bottega.iam.principal import Principal
from bottega.ids import new_hex, new_uuid
from bottega.runs.tables import Run
from bottega.store.database import Database
from tests.build.harness import shell_step


def past_task(builds: BuildService, principal: Principal, project_id: str) -> str:
    """Id of a new task without builds."""
    definition = msgspec.convert({"arch": "x86-64", "steps": [shell_step()]}, Definition)
    return builds.create(principal, project_id, f"task-{new_hex()}", definition).id


def past_runs(
    database: Database, principal: Principal, task_id: str, runs: Sequence[dict[str, Any]]
) -> list[str]:
    """Ids of builds with these columns, numbered from 1."""
    rows = [
        Run(
            **{
                "id": new_uuid(),
                "kind": "build",
                "tenant_id": principal.tenant_id,
                "project_id": "0" * 32,
                "task_id": task_id,
                "task_name": "task",
                "number": number,
                "daily_number": f"20260101.{number}",
                "execution_id": "j_12345678",
                "trigger": "MANUAL",
                "user_id": principal.user_id,
                "user_name": principal.user_name,
                "state": "SUCCESS",
                "pool": "default",
                "arch": "x86-64",
                "flavor": "2u8g",
                "spec": {"steps": []},
                "parameters": [],
                "created_at": 0,
                "queued_at": 0,
                **columns,
            }
        )
        for number, columns in enumerate(runs, 1)
    ]
    with database.write() as session:
        session.add_all(rows)
    return [row.id for row in rows]
