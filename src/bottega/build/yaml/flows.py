"""``buildflow`` and ``buildflows``: which jobs a BuildFlow has and how they are started."""

import msgspec

from bottega.build.yaml import choices, jobs, shapes
from bottega.build.yaml.choices import Choice
from bottega.build.yaml.filling import Filling
from bottega.build.yaml.jobs import Job
from bottega.build.yaml.nodes import Mapping, Node, Scalar, is_null
from bottega.build.yaml.problems import Problems, nearest, shown

STRATEGIES = ["lazy", "eager"]
DEFAULT_STRATEGY = "eager"
FLOW_KEYS = ["strategy", "jobs"]
_EXAMPLE = "{strategy: lazy, jobs: […]}"


class Flow(msgspec.Struct):
    """One set of jobs; ``choice`` says when it is built, None means always."""

    strategy: str
    jobs: list[Job]
    choice: Choice | None = None


def read(top: Mapping, problems: Problems) -> list[Flow]:
    """The flows of a file, one unless there are conditions. The older form has ``jobs`` beside ``buildflow``."""
    single, several, beside = (top.entries.get(key) for key in ("buildflow", "buildflows", "jobs"))
    if "buildflows" in top.keys:
        for key in ("buildflow", "jobs"):
            if key in top.keys:
                problems.add(top.keys[key], f"a file has buildflows or {key}, not both")
        return _read_several(several, top, problems)
    body = None if is_null(single) else shapes.mapping(single, "buildflow", problems, _EXAMPLE)
    if body is None:
        if not is_null(single):
            return []
        return [Flow(DEFAULT_STRATEGY, jobs.read(_required(beside, top, "jobs", problems), problems))]
    shapes.known_keys(body, FLOW_KEYS, "buildflow", problems)
    inside = body.entries.get("jobs")
    if inside is not None and beside is not None:
        problems.add(top.keys["jobs"], "jobs are below buildflow or beside it, not both")
    node = inside if beside is None else beside
    if node is None:
        problems.add(top.keys["buildflow"], "buildflow needs jobs")
    return [Flow(_strategy(body, problems), jobs.read(node, problems))]


def chosen(flows: list[Flow], top: Mapping, filling: Filling) -> Flow:
    """The flow to build: the first whose condition is true. None being true is a problem of the file."""
    several = [flow.choice for flow in flows if flow.choice is not None]
    if not several:
        return flows[0]
    choice = choices.first(several, filling)
    if choice is None:
        filling.problems.add(
            top.keys["buildflows"], "no condition of buildflows is true: there is nothing to build"
        )
    filling.problems.raise_any()
    return next(flow for flow in flows if flow.choice is choice)


def _read_several(node: Node | None, top: Mapping, problems: Problems) -> list[Flow]:
    found: list[Flow] = []
    nodes = shapes.items(_required(node, top, "buildflows", problems), "buildflows", problems)
    if nodes is not None and not nodes:
        problems.add(top.keys["buildflows"], "buildflows needs at least one item")
    for item in nodes or []:
        body = shapes.mapping(item, "an item of buildflows", problems, "{condition: p == 1, jobs: […]}")
        if body is None:
            continue
        shapes.known_keys(body, ["condition", *FLOW_KEYS], "an item of buildflows", problems)
        choice = choices.read(body, "an item of buildflows", problems)
        own = jobs.read(shapes.required(body, "jobs", "an item of buildflows", problems), problems)
        found.append(Flow(_strategy(body, problems), own, choice))
    return found


def _required(node: Node | None, top: Mapping, key: str, problems: Problems) -> Node | None:
    if is_null(node):
        problems.add(top.keys.get(key, top), f"a BuildFlow needs {key}")
        return None
    return node


def _strategy(body: Mapping, problems: Problems) -> str:
    node = body.entries.get("strategy")
    if is_null(node):
        return DEFAULT_STRATEGY
    found = shapes.scalar(node, "strategy", problems)
    word = found.text.lower() if isinstance(found, Scalar) else DEFAULT_STRATEGY
    if found is not None and word not in STRATEGIES:
        problems.add(
            found, f"strategy must be lazy or eager, not {shown(found.text)}{nearest(word, STRATEGIES)}"
        )
    return word
