"""Flows of a YAML task, with agents that do what the tests say."""

from collections.abc import Mapping, Sequence

import pytest
from sqlalchemy import select, update

from bottega.build.flows.reading import FlowView
from bottega.build.flows.service import FlowService, job_ended
from bottega.clock import epoch_ms
from bottega.runs.agents import AgentRegistry
from bottega.runs.claims import Claims
from bottega.runs.final import ended
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from bottega.settings import Settings
from bottega.store.secrets import SecretBox
from tests.build.planning.conftest import (
    FILE,
    MINIMAL,
    Workshop,
    code,
    make_planner,
    planner,
    yaml_task,
)
from tests.support.repositories import Repository
from tests.support.runs import offer

__all__ = ["code", "make_planner", "planner", "yaml_task"]


def flow_file(graph: Mapping[str, Sequence[str]], strategy: str = "eager") -> str:
    """A flow whose jobs all build the same file; ``graph``: what each job depends on."""
    lines = ["version: 2.0", "params: [{name: level, value: flow}]", "buildflow:", f"  strategy: {strategy}"]
    lines.append("  jobs:")
    for name, before in graph.items():
        depends = f", depends_on: [{', '.join(before)}]" if before else ""
        lines.append(f"    - {{job: {name}{depends}, build_ref: ci/one.yml}}")
    return "\n".join(lines) + "\n"


class Flows:
    """One task, its flows, and an agent."""

    def __init__(self, task: Workshop, code: Repository, claims: Claims, agent_id: str) -> None:
        self.task = task
        self.code = code
        self.builds = task.builds
        self.claims = claims
        self.agent_id = agent_id
        self.service = FlowService(self.builds.database, self.builds.runs)

    def start(self, graph: Mapping[str, Sequence[str]], strategy: str = "eager", **files: str) -> Run:
        """Commit a flow, accept it and plan it."""
        self.code.commit("flow", **{FILE: flow_file(graph, strategy), "ci/one.yml": MINIMAL, **files})
        return self.task.build()

    def view(self, flow: Run) -> FlowView:
        return self.builds.reader.flow(self.task.caller, flow.id)

    def states(self, flow: Run) -> dict[str, str]:
        """State of each job's run; SKIPPED for those left out, an empty text where there is no run."""
        return {
            job.name: "SKIPPED" if job.skipped else job.run.state if job.run else ""
            for job in self.view(flow).jobs
        }

    def claimed(self) -> dict[str, str]:
        """Let the agent take all it can get: names and ids of the runs."""
        taken: dict[str, str] = {}
        while (reply := self.claims.claim(self.agent_id, offer())).run is not None:
            with self.builds.database.read() as session:
                taken[session.get_one(Run, reply.run.run_id).job] = reply.run.run_id
        return taken

    def end(self, run_id: str, state: str = "SUCCESS") -> None:
        """What the recorder does at the end of a run."""
        with self.builds.database.write() as session:
            run = session.get_one(Run, run_id, with_for_update=True)
            session.execute(update(Run).where(Run.id == run_id).values(state=state, finished_at=epoch_ms()))
            self.builds.runs.final.fire(session, ended(run, RunState(state)))

    def row(self, flow: Run) -> Run:
        return self.task.row(flow)

    def children(self, flow: Run) -> list[Run]:
        with self.builds.database.read() as session:
            return list(session.scalars(select(Run).where(Run.parent_run_id == flow.id)))


@pytest.fixture
def flows(yaml_task: Workshop, code: Repository, settings: Settings) -> Flows:
    builds = yaml_task.builds
    box: SecretBox = builds.runs._secrets
    claims = Claims(
        database=builds.database,
        settings=settings,
        runs=builds.runs,
        git={},
        replica_id="replica",
        log_size=lambda _run_id: 0,
    )
    agent = AgentRegistry(builds.database, box).enrol("one", "default", "nats://localhost")
    made = Flows(yaml_task, code, claims, agent.agent_id)
    builds.runs.final.add(job_ended(builds.runs.announce_held))
    return made
