"""Building blocks for tests of the execution layer."""

from typing import Any

from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.runs.messages import Offer
from bottega.runs.service import RunService
from bottega.runs.spec import NewRun, RunSpec, StepSpec
from bottega.runs.tables import Run
from bottega.store.database import Database


def new_run(caller: Principal, number: int = 1, **changes: Any) -> NewRun:
    """A run with one shell step, as the build domain would submit it."""
    values: dict[str, Any] = {
        "kind": "build",
        "tenant_id": caller.tenant_id,
        "project_id": new_hex(),
        "task_id": "0" * 32,
        "task_name": "task",
        "number": number,
        "daily_number": f"20260101.{number}",
        "execution_id": "j_12345678",
        "trigger": "MANUAL",
        "user_id": caller.user_id,
        "user_name": caller.user_name,
        "pool": "default",
        "arch": "x86-64",
        "flavor": "2u8g",
        "spec": RunSpec(
            timeout_seconds=60.0,
            network=False,
            opening=f"[JobStatusPlugin] onStarted: j_12345678 #{number}",
            env={"GREETING": "hello"},
            steps=[StepSpec(key="stage1", name="Shell", action="sh", inputs={"command": "true"}, label="sh")],
        ),
    }
    return NewRun(**{**values, **changes})


def submit(runs: RunService, database: Database, new: NewRun) -> Run:
    """Queue the run and return its row."""
    with database.write() as session:
        return runs.submit(session, new)


def offer(**changes: Any) -> Offer:
    """What an ordinary agent reports."""
    values: dict[str, Any] = {
        "version": "0",
        "arch": "x86-64",
        "slots": 2,
        "sandbox": "bubblewrap",
        "sandbox_level": "bubblewrap",
    }
    return Offer(**{**values, **changes})
