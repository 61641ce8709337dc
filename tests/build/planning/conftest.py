"""A planner beside the build service, and YAML tasks with real repositories."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bottega.app import git_rules
from bottega.build.compile import RunChoices
from bottega.build.definition import Definition
from bottega.build.planning import requests
from bottega.build.planning.service import Planner
from bottega.build.service import BuildService
from bottega.build.wire import ParameterItem, Scm
from bottega.iam.principal import Principal
from bottega.runs.tables import Run
from bottega.settings import Settings
from tests.build.harness import parameter
from tests.support.repositories import Repository

MINIMAL = "version: 2.0\nsteps:\n  BUILD:\n    - sh: {inputs: {command: make}}\n"
FILE = ".cloudbuild/build.yml"


class Workshop:
    """One YAML task of alice's, its repository, and a planner."""

    def __init__(self, builds: BuildService, planner: Planner, caller: Principal, task_id: str) -> None:
        self.builds = builds
        self.planner = planner
        self.caller = caller
        self.task_id = task_id

    def accept(self, scm: Scm | None = None, **values: str) -> Run:
        """Start a build and leave it as it is."""
        items = [ParameterItem(name=name, value=value) for name, value in values.items()]
        choices = RunChoices(parameters=items, scm=scm or Scm())
        return self.builds.execute(self.caller, self.task_id, choices)

    def plan(self, planner: Planner | None = None) -> None:
        """Let a planner do what it can do at once."""
        planner = planner or self.planner
        planner.scan()
        planner.wait()

    def row(self, run: Run) -> Run:
        """The run as the database has it now."""
        with self.builds.database.read() as session:
            return session.get_one(Run, run.id)

    def build(self, scm: Scm | None = None, **values: str) -> Run:
        """Start a build and plan it."""
        run = self.accept(scm, **values)
        self.plan()
        return self.row(run)

    def waiting(self, run: Run) -> str:
        """Why the run waits."""
        with self.builds.database.read() as session:
            return self.builds.runs.waiting_reason(session, session.get_one(Run, run.id))


@pytest.fixture
def make_planner(builds: BuildService, settings: Settings) -> Iterator[Callable[..., Planner]]:
    made: list[Planner] = []

    def make(retry_seconds: float = 0.0, **more: Any) -> Planner:
        planner = Planner(
            more.pop("database", builds.database), builds.runs, git_rules(settings), retry_seconds, **more
        )
        made.append(planner)
        return planner

    builds.runs.final.add(requests.runs_ended)
    yield make
    for planner in made:
        planner.close()


@pytest.fixture
def planner(make_planner: Callable[..., Planner]) -> Planner:
    """It gives up at once."""
    return make_planner()


@pytest.fixture
def code(make_repository: Callable[[], Repository]) -> Repository:
    """The repository of the task."""
    made = make_repository()
    made.commit("first", **{FILE: MINIMAL, "Makefile": "all:\n"})
    return made


@pytest.fixture
def yaml_task(
    builds: BuildService,
    planner: Planner,
    alice: Principal,
    project_id: str,
    code: Repository,
    tmp_path: Path,
) -> Workshop:
    declared = [
        parameter("codeBranch", "master"),
        parameter("greeting", "from the task"),
        parameter("CB_BUILD_YAML_PATH", ""),
        parameter("SECRET", "hunter2", sensitiveVar="true"),
    ]
    definition = msgspec.convert(
        {
            "arch": "x86-64",
            "build_config_type": "YAML",
            "scms": [{"url": code.url, "scm_type": "codehub", "branch": "${codeBranch}"}],
            "parameters": declared,
        },
        Definition,
    )
    task = builds.create(alice, project_id, "task", definition)
    return Workshop(builds, planner, alice, task.id)
