"""Reading build.yml: one file is a single build or a BuildFlow (reference, sections 5.4 and 5.5)."""

from collections.abc import Collection, Mapping

from bottega.build.yaml import environment, flows, params, shapes, steps
from bottega.build.yaml.dialect import TOP_LEVEL
from bottega.build.yaml.environment import Environment
from bottega.build.yaml.filling import Filling
from bottega.build.yaml.flows import Flow
from bottega.build.yaml.nodes import Mapping as MappingNode
from bottega.build.yaml.nodes import is_null
from bottega.build.yaml.plan import BuildPlan, FlowPlan, Param
from bottega.build.yaml.problems import Problems, shown
from bottega.build.yaml.steps import Step
from bottega.build.yaml.syntax import parse

VERSION = "2.0"
BUILD_KEYS = ["version", "params", "env", "envs", "steps"]
FLOW_KEYS = ["version", "params", "env", "envs", "buildflow", "buildflows", "jobs"]
_FLOW_MARKS = ("buildflow", "buildflows", "jobs")


def read(content: bytes, file: str) -> "BuildFile | FlowFile":
    """Read a file; ``file`` is its name in problems. Raises :class:`BuildFileError`."""
    problems = Problems(file)
    top = shapes.mapping(parse(content, problems), "the file", problems, "version: 2.0 and steps")
    problems.raise_any()
    if top is None:
        raise AssertionError("a document that is no mapping is a problem")
    _check_version(top, problems)
    is_flow = any(mark in top.keys for mark in _FLOW_MARKS)
    if is_flow and "steps" in top.keys:
        problems.add(top.keys["steps"], "a file has steps or a buildflow, not both")
    known = [*FLOW_KEYS, "steps"] if is_flow else [*BUILD_KEYS, *_FLOW_MARKS]
    shapes.known_keys(top, known, "the file", problems, TOP_LEVEL)
    own = params.read(top.entries.get("params"), problems)
    where = environment.read(top, problems, caches=not is_flow)
    if is_flow:
        found: BuildFile | FlowFile = FlowFile(file, own, where, flows.read(top, problems), top)
    else:
        if is_null(top.entries.get("steps")):
            problems.add(
                top.keys.get("steps", top), "the file needs steps (or buildflow, to build several files)"
            )
            problems.raise_any()
        found = BuildFile(file, own, where, steps.read(top.entries.get("steps"), problems))
    problems.raise_any()
    return found


class BuildFile:
    """The file of a single build, checked as far as it can be without parameters. Any number of plans come from it."""

    def __init__(self, file: str, own: list[Param], where: Environment, planned: list[Step]) -> None:
        self.file = file
        self.params = own
        self._environment = where
        self._steps = planned

    def plan(
        self,
        values: Mapping[str, str],
        private: Collection[str] = (),
        defaults: Mapping[str, str] | None = None,
    ) -> BuildPlan:
        """The build with parameters put in. Raises :class:`BuildFileError`.

        ``values`` go before the file's own, and those before ``defaults``. Names in ``private`` may be nowhere but in
        scripts, and are left out of the plan.
        """
        filling = _filling(self.file, self.params, values, private, defaults)
        resource, caches = self._environment.plan(filling)
        planned = [step.plan(filling) for step in self._steps]
        filling.problems.raise_any()
        return BuildPlan(
            file=self.file,
            params=self.params,
            values=_public(filling),
            resource=resource,
            caches=caches,
            steps=planned,
            warnings=filling.warnings,
        )


class FlowFile:
    """The file of a BuildFlow, checked as far as it can be without parameters."""

    def __init__(
        self, file: str, own: list[Param], where: Environment, found: list[Flow], top: MappingNode
    ) -> None:
        self.file = file
        self.params = own
        self._environment = where
        self._flows = found
        self._top = top

    def plan(
        self,
        values: Mapping[str, str],
        private: Collection[str] = (),
        defaults: Mapping[str, str] | None = None,
    ) -> FlowPlan:
        """The flow with its conditions decided; arguments and errors as of :meth:`BuildFile.plan`."""
        filling = _filling(self.file, self.params, values, private, defaults)
        resource, _ = self._environment.plan(filling)
        flow = flows.chosen(self._flows, self._top, filling)
        planned = [job.plan(filling) for job in flow.jobs]
        filling.problems.raise_any()
        return FlowPlan(
            file=self.file,
            strategy=flow.strategy,
            params=self.params,
            values=_public(filling),
            resource=resource,
            jobs=planned,
            warnings=filling.warnings,
        )


def _filling(
    file: str,
    own: list[Param],
    values: Mapping[str, str],
    private: Collection[str],
    defaults: Mapping[str, str] | None,
) -> Filling:
    merged = {**(defaults or {}), **{param.name: param.value for param in own}, **values}
    return Filling(merged, private, Problems(file))


def _public(filling: Filling) -> dict[str, str]:
    return {name: value for name, value in filling.values.items() if name not in filling.private}


def _check_version(top: MappingNode, problems: Problems) -> None:
    node = top.entries.get("version")
    if is_null(node):
        problems.add(top.keys.get("version", top), "the file must begin with version: 2.0")
        return
    version = shapes.scalar(node, "version", problems)
    if version is not None and version.text.strip() != VERSION:
        problems.add(version, f"version must be 2.0, not {shown(version.text)}")
