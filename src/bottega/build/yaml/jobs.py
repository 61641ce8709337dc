"""The jobs of a BuildFlow: names, what they wait for, and the files they build."""

import re

import msgspec

from bottega.build.wire import STEP_NAME_PATTERN
from bottega.build.yaml import graph, params, shapes
from bottega.build.yaml.filling import Filling
from bottega.build.yaml.nodes import Mapping, Node, Scalar, is_null
from bottega.build.yaml.paths import outside
from bottega.build.yaml.plan import Param, PlannedJob
from bottega.build.yaml.problems import Problems, nearest, shown

MAX_JOBS = 100
JOB_KEYS = ["job", "depends_on", "build_ref", "params"]
_NAME = re.compile(STEP_NAME_PATTERN)
_EXAMPLE = "{job: Job1, build_ref: .cloudbuild/build1.yml}"


class Job(msgspec.Struct):
    """A job as it stands in the file; ``place`` is its name."""

    name: str
    place: Scalar
    depends_on: list[Scalar]
    build_ref: Scalar
    params: list[Param]

    def plan(self, filling: Filling) -> PlannedJob:
        """With parameters put into the path of its file."""
        path = filling.text(self.build_ref)
        if filling.final(self.build_ref.text) and outside(path):
            filling.problems.add(self.build_ref, "build_ref must be the path of a file in the repository")
        return PlannedJob(
            name=self.name,
            depends_on=list(dict.fromkeys(one.text for one in self.depends_on)),
            build_ref=path.removeprefix("./"),
            params=self.params,
            line=self.place.line,
            column=self.place.column,
        )


def read(node: Node | None, problems: Problems) -> list[Job]:
    """The jobs of a list, checked as far as they can be without a run's parameters."""
    nodes = shapes.items(node, "jobs", problems)
    if nodes is None:
        return []
    if not nodes and node is not None:
        problems.add(node, "jobs needs at least one job")
    if len(nodes) > MAX_JOBS:
        problems.add(nodes[MAX_JOBS], f"there are {len(nodes)} jobs, {MAX_JOBS} are allowed")
    found: dict[str, Job] = {}
    for item in nodes[:MAX_JOBS]:
        entry = shapes.mapping(item, "a job", problems, _EXAMPLE)
        job = _read_one(entry, problems) if entry is not None else None
        if job is None:
            continue
        if job.name in found:
            line = found[job.name].place.line
            problems.add(job.place, f"the job {shown(job.name)} is given twice, first in line {line}")
            continue
        found[job.name] = job
    _check_names(found, problems)
    filling = Filling(None, (), problems)
    for job in found.values():
        job.plan(filling)
    return list(found.values())


def _read_one(entry: Mapping, problems: Problems) -> Job | None:
    shapes.known_keys(entry, JOB_KEYS, "a job", problems)
    name = shapes.scalar(shapes.required(entry, "job", "a job", problems), "job", problems)
    build_ref = shapes.scalar(shapes.required(entry, "build_ref", "a job", problems), "build_ref", problems)
    own = params.read(entry.entries.get("params"), problems)
    depends_on = _depends_on(entry.entries.get("depends_on"), problems)
    if name is None or build_ref is None:
        return None
    if not _NAME.fullmatch(name.text):
        problems.add(
            name, "a job's name is 1 to 128 characters: Chinese, letters, digits, spaces and -_,;:./()"
        )
        return None
    return Job(name.text, name, depends_on, build_ref, own)


def _depends_on(node: Node | None, problems: Problems) -> list[Scalar]:
    if is_null(node):
        return []
    # One name alone can only mean a list of it.
    nodes = [node] if isinstance(node, Scalar) else shapes.items(node, "depends_on", problems) or []
    scalars = [shapes.scalar(one, "the name of a job", problems) for one in nodes]
    return [one for one in scalars if one is not None]


def _check_names(found: dict[str, Job], problems: Problems) -> None:
    for job in found.values():
        for other in job.depends_on:
            if other.text not in found:
                near = nearest(other.text, [name for name in found if name != job.name])
                problems.add(other, f"there is no job {shown(other.text)}{near}")
    circle = graph.cycle({job.name: [one.text for one in job.depends_on] for job in found.values()})
    if circle:
        place = next(one for one in found[circle[0]].depends_on if one.text == circle[1])
        problems.add(place, f"jobs wait for each other: {' → '.join(circle)}")
