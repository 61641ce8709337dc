"""What a file asks for, with a run's parameters put in."""

from typing import Any

import msgspec

from bottega.build.yaml.problems import Problem


class Param(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter as the file has it."""

    name: str
    value: str


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """Where to run. What is empty is the task's own.

    ``arch`` is x86-64 or arm, ``flavor`` such as 2u8g, ``pool`` a pool of agents.
    """

    arch: str = ""
    flavor: str = ""
    pool: str = ""


class CodeCache(msgspec.Struct, frozen=True, kw_only=True):
    """A code cache of ``env.cache``: ``command`` fills the folder ``local_path`` of the workspace."""

    local_path: str
    command: str
    branch: str = ""
    url: str = ""


class PlannedStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step. ``image`` is empty, ``cloudbuild@<tool>`` or an address; ``line`` and ``column`` are the action's."""

    action: str
    name: str
    image: str
    inputs: dict[str, Any]
    ignore_failure: bool
    preparing: bool
    line: int
    column: int

    @property
    def all_inputs(self) -> dict[str, Any]:
        """The inputs as actions get them: with the image, as graphical steps have it."""
        return {**self.inputs, "image": self.image} if self.image else self.inputs


class BuildPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A single build. ``values`` are all parameters, the file's own among them; steps of PRE_BUILD come first.

    ``warnings`` are no mistakes, but whoever wrote the file should know.
    """

    file: str
    params: list[Param]
    values: dict[str, str]
    resource: Resource
    caches: list[CodeCache]
    steps: list[PlannedStep]
    warnings: list[Problem]


class PlannedJob(msgspec.Struct, frozen=True, kw_only=True):
    """One job of a flow: ``build_ref`` is the path of its build.yml in the repository, ``params`` are its own."""

    name: str
    depends_on: list[str]
    build_ref: str
    params: list[Param]
    line: int
    column: int


class FlowPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A BuildFlow. ``strategy`` is lazy or eager; ``jobs`` are in the order of the file, without a cycle.

    ``resource`` is for jobs whose own file names none. ``params`` are below those of jobs, and those below what the
    file of a job says (reference, section 5.5).
    """

    file: str
    strategy: str
    params: list[Param]
    values: dict[str, str]
    resource: Resource
    jobs: list[PlannedJob]
    warnings: list[Problem]
