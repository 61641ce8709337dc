"""From the files of a folder to the builds that are to be run, in their order. Nothing has run when this is done."""

from difflib import get_close_matches
from pathlib import Path

import msgspec

from bottega.build.yaml import (
    DEFAULT_PATH,
    PATH_PARAMETER,
    BuildFile,
    BuildPlan,
    PlannedStep,
    read,
)
from bottega.build.yaml.flow_files import FileMissing, plan_jobs
from bottega.build.yaml.graph import in_order
from bottega.build.yaml.syntax import MAX_BYTES
from bottega.local.errors import LocalError
from bottega.local.parameters import Given


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One build; ``name`` is empty for the only one of a file without a flow."""

    name: str
    depends_on: list[str]
    plan: BuildPlan


def plan(folder: Path, file: Path | None, given: Given) -> list[Job]:
    """All jobs, each after those it depends on. Raises :class:`BuildFileError`, :class:`LocalError`."""
    path = file or folder / given.public.get(PATH_PARAMETER, DEFAULT_PATH)
    shown = _shown(path, folder)
    try:
        found = read(_content(path, shown), shown)
    except FileMissing as error:
        raise LocalError(str(error)) from None
    if isinstance(found, BuildFile):
        return [Job(name="", depends_on=[], plan=found.plan(given.values, given.private))]
    flow = found.plan(given.values, given.private)
    planned = plan_jobs(flow, lambda ref: _content(folder / ref, ref), given.values, given.private)
    jobs = [Job(name=job.name, depends_on=job.depends_on, plan=own) for job, own in planned]
    order = in_order({job.name: job.depends_on for job in jobs})
    return sorted(jobs, key=lambda job: order.index(job.name))


def only(jobs: list[Job], names: list[str]) -> list[Job]:
    """The build with just the steps of BUILD called so, by their name or action. Raises :class:`LocalError`."""
    if not names:
        return jobs
    if len(jobs) != 1 or jobs[0].name:
        raise LocalError("--step: the file is a BuildFlow; name the build.yml of one of its jobs with --file")
    (job,) = jobs
    for name in names:
        known = [word for step in job.plan.steps for word in (step.name, step.action)]
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise LocalError(f"--step: the file has no step {name!r}{hint}")
    kept = [step for step in job.plan.steps if {step.name, step.action} & set(names)]
    return [msgspec.structs.replace(job, plan=msgspec.structs.replace(job.plan, steps=kept))]


def all_steps(jobs: list[Job]) -> list[PlannedStep]:
    """The steps of all jobs."""
    return [step for job in jobs for step in job.plan.steps]


def _content(path: Path, shown: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise FileMissing(f"{shown}: {error.strerror}{_near(path)}") from None


def _near(path: Path) -> str:
    try:
        names = sorted(one.name for one in path.parent.iterdir() if one.suffix in {".yml", ".yaml"})
    except OSError:
        return ""
    return f"; the folder has {', '.join(names[:10])}" if names else ""


def _shown(path: Path, folder: Path) -> str:
    try:
        return str(path.resolve().relative_to(folder.resolve()))
    except ValueError:
        return str(path)
