"""Reading a build.yml, and the files it names, at one commit."""

from collections.abc import Mapping

from bottega.build.planning.compiling import compile_plan, where_else
from bottega.build.planning.inputs import PlanInputs
from bottega.build.planning.planned import PlannedFlow, PlannedFlowJob, PlannedRun
from bottega.build.yaml.plan import FlowPlan, PlannedJob
from bottega.build.yaml.problems import MOST_SHOWN, BuildFileError, Problem
from bottega.build.yaml.reading import BuildFile, FlowFile, read
from bottega.scm.snapshot import Snapshot

MAX_FILE = 256 * 1024


class FileMissing(Exception):
    """There is no file where one was looked for; the text is a sentence for the user."""


def read_planned(snapshot: Snapshot, inputs: PlanInputs) -> PlannedRun | PlannedFlow:
    """What the file of ``inputs`` asks for.

    Raises :class:`FileMissing`, :class:`BuildFileError` with the mistakes of all files, and ``ScmError``.
    """
    return _Reading(snapshot, inputs).planned()


class _Reading:
    def __init__(self, snapshot: Snapshot, inputs: PlanInputs) -> None:
        self._snapshot = snapshot
        self._inputs = inputs
        self._values = {
            **inputs.values,
            **inputs.predefined,
            "COMMIT_ID": snapshot.commit,
            "COMMIT_ID_SHORTER": snapshot.commit[:8],
            **({"GIT_TAG": inputs.tag} if inputs.tag else {}),
        }

    def planned(self) -> PlannedRun | PlannedFlow:
        path = self._inputs.path
        content = self._snapshot.read(path, MAX_FILE)
        if content is None:
            raise FileMissing(self._missing(path))
        file = read(content, path)
        if isinstance(file, FlowFile):
            return self._flow(file.plan(self._values, self._inputs.private))
        return self._run(file, {})

    def _run(self, file: BuildFile, defaults: Mapping[str, str]) -> PlannedRun:
        plan = file.plan(self._values, self._inputs.private, defaults)
        return compile_plan(plan, self._inputs, self._snapshot.commit)

    def _flow(self, plan: FlowPlan) -> PlannedFlow:
        """All files are read before anything runs; their mistakes are told together."""
        problems: list[Problem] = []
        jobs: list[PlannedFlowJob] = []
        for job in plan.jobs:
            try:
                planned = self._job(plan, job)
            except BuildFileError as error:
                problems += error.problems
                continue
            jobs.append(PlannedFlowJob(name=job.name, depends_on=job.depends_on, run=planned))
        if problems:
            raise BuildFileError(list(dict.fromkeys(problems))[:MOST_SHOWN])
        if jobs and plan.warnings:
            jobs[0].run.notes[:0] = [str(warning) for warning in plan.warnings]
        return PlannedFlow(file=plan.file, eager=plan.strategy == "eager", jobs=jobs)

    def _job(self, plan: FlowPlan, job: PlannedJob) -> PlannedRun:
        content = self._snapshot.read(job.build_ref, MAX_FILE)
        if content is None:
            raise _wrong(plan, job, self._missing(job.build_ref))
        file = read(content, job.build_ref)
        if isinstance(file, FlowFile):
            raise _wrong(plan, job, f"{job.build_ref} is a build flow itself; a job needs a file with steps")
        # What the file of a job says goes before what the flow says for it (reference, section 5.5).
        defaults = {param.name: param.value for param in (*plan.params, *job.params)}
        run = self._run(file, defaults)
        run.parameters = [
            {"name": name, "value": value, "type": "normalparam", "secret": False}
            for name, value in run.env.items()
            if (name in defaults or name in {param.name for param in file.params})
            and name not in self._inputs.values
        ]
        resource = plan.resource
        run.pool, run.arch, run.flavor = (
            run.pool or resource.pool,
            run.arch or resource.arch,
            run.flavor or resource.flavor,
        )
        return run

    def _missing(self, path: str) -> str:
        commit = self._snapshot.commit[:8]
        return f"there is no file {path} at commit {commit}{where_else(path, self._snapshot.names())}"


def _wrong(plan: FlowPlan, job: PlannedJob, message: str) -> BuildFileError:
    return BuildFileError([Problem(file=plan.file, line=job.line, column=job.column, message=message)])
