"""Where bad calls are made, and what their refusals look like."""

from typing import Any

import httpx
import msgspec
from sqlalchemy import select

from bottega.build.tables import BuildTask
from bottega.ids import new_hex
from bottega.projects.tables import Project
from bottega.runs.tables import Run
from tests.build.harness import task_body
from tests.support.application import Application, World

JSON = {"Content-Type": "application/json"}
BODY_LIMIT = 200_000
LONGEST_MESSAGE = 1000
INVALID = (400, "CB.00060200")
PM_INVALID = (400, "PM.00000001")
NUL = "\0"
NO_ID = {"v1": (400, "DEV.CB.032011"), "v3": (400, "CB.00060201")}


class Desk(msgspec.Struct, frozen=True):
    """Where the calls are made: a task that was built once, and a caller with all rights."""

    app: Application
    http: httpx.Client
    world: World

    def state(self) -> list[Any]:
        """What must not change: all rows of these tables."""
        with self.app.services.database.read() as session:
            return [list(session.execute(select(table.__table__))) for table in (BuildTask, Run, Project)]

    def create(self, **changes: Any) -> httpx.Response:
        """Ask for a task that is as it should be but for ``changes``."""
        body = task_body(self.world.project_id, f"new-{new_hex()}")
        return self.http.post("/v1/job/create", json={**body, **changes})

    def update(self, **changes: Any) -> httpx.Response:
        """Ask for other contents of the task."""
        body = {**task_body(self.world.project_id, "renamed"), "job_id": self.world.job_id}
        return self.http.post("/v3/jobs/update", json={**body, **changes})

    def execute(self, **choices: Any) -> httpx.Response:
        """Ask for a build of the task."""
        return self.http.post("/v1/job/execute", json={"job_id": self.world.job_id, **choices})

    def path(self, template: str) -> str:
        return template.format(**self.world.ids)


def refusal(answer: httpx.Response, *named: str) -> tuple[int, str]:
    """Status and code of a refusal, whose message has to be short and to name these things."""
    assert answer.headers["content-type"] == "application/json;charset=UTF-8", answer.text
    body = answer.json()
    for name in named:
        assert name in body["error_msg"], body["error_msg"]
    assert 0 < len(body["error_msg"]) <= LONGEST_MESSAGE
    return answer.status_code, body["error_code"]
