"""A task on a server in this process, with a webhook."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bottega.build.hooks.tables import HookDelivery
from bottega.runs.tables import Run
from tests.build.harness import Server, task_body
from tests.build.hooks import forges
from tests.build.hooks.forges import URL, encoded

Sender = Callable[..., dict[str, str]]


class Hooked:
    """A task of alice's, and its webhook."""

    def __init__(self, server: Server, project_id: str, **scm: Any) -> None:
        self.server = server
        self.project_id = project_id
        self.scm = {"url": URL, "branch": "master", "is_auto_build": True, **scm}
        self.body = task_body(project_id, "task", scms=[self.scm])
        self.job_id = self._result(server.http.post("/v1/job/create", json=self.body))["job_id"]
        self.hook = self.create()

    @property
    def path(self) -> str:
        return f"/v1/job/{self.job_id}/hooks"

    def create(self, **choice: Any) -> dict[str, Any]:
        return self._result(self.server.http.post(self.path, json=choice))

    def send(
        self,
        payload: object = None,
        sender: Sender = forges.github,
        headers: dict[str, str] | None = None,
        hook: dict[str, Any] | None = None,
    ) -> httpx.Response:
        """Deliver a push to the hook, as nobody who is known."""
        to = hook or self.hook
        body = encoded(forges.push() if payload is None else payload)
        given = {**sender(to["secret"], body), **(headers or {})}
        return self.server.http.post(f"/hooks/{to['id']}", content=body, headers=given)

    def sent(self, *given: Any, **more: Any) -> dict[str, Any]:
        """The same, and what came of it."""
        answer = self.send(*given, **more)
        assert answer.status_code == 202, answer.text
        return answer.json()

    @property
    def runs(self) -> list[Run]:
        with self.server.services.database.read() as session:
            query = select(Run).where(Run.task_id == self.job_id).order_by(Run.number)
            return list(session.scalars(query))

    @property
    def stored(self) -> list[HookDelivery]:
        with self.server.services.database.read() as session:
            query = select(HookDelivery).where(HookDelivery.task_id == self.job_id)
            return list(session.scalars(query.order_by(HookDelivery.received_at)))

    def deliveries(self, **query: int) -> list[dict[str, Any]]:
        answer = self.server.http.get(f"{self.path}/{self.hook['id']}/deliveries", params=query)
        return self._result(answer)["deliveries"]

    @staticmethod
    def _result(answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]


@pytest.fixture
def hooked(server: Server, workshop: str) -> Hooked:
    return Hooked(server, workshop)
