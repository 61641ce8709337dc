"""Reading a build.yml, and the files it names, at one commit."""

from bottega.build.planning.compiling import compile_plan, where_else
from bottega.build.planning.inputs import PlanInputs
from bottega.build.planning.planned import PlannedFlow, PlannedFlowJob, PlannedRun
from bottega.build.yaml.flow_files import FileMissing, plan_jobs
from bottega.build.yaml.plan import BuildPlan, FlowPlan, PlannedJob
from bottega.build.yaml.reading import FlowFile, read
from bottega.build.yaml.syntax import MAX_BYTES
from bottega.scm.snapshot import Snapshot


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
        file = read(self._content(path), path)
        if isinstance(file, FlowFile):
            return self._flow(file.plan(self._values, self._inputs.private))
        return self._run(file.plan(self._values, self._inputs.private))

    def _run(self, plan: BuildPlan) -> PlannedRun:
        return compile_plan(plan, self._inputs, self._snapshot.commit)

    def _flow(self, plan: FlowPlan) -> PlannedFlow:
        """All files are read before anything runs."""
        planned = plan_jobs(plan, self._content, self._values, self._inputs.private)
        jobs = [
            PlannedFlowJob(name=job.name, depends_on=job.depends_on, run=self._job(plan, job, own))
            for job, own in planned
        ]
        return PlannedFlow(file=plan.file, eager=plan.strategy == "eager", jobs=jobs)

    def _job(self, flow: FlowPlan, job: PlannedJob, plan: BuildPlan) -> PlannedRun:
        run = self._run(plan)
        names = {param.name for param in (*flow.params, *job.params, *plan.params)}
        run.parameters = [
            {"name": name, "value": value, "type": "normalparam", "secret": False}
            for name, value in run.env.items()
            if name in names and name not in self._inputs.values
        ]
        resource = flow.resource
        run.pool, run.arch, run.flavor = (
            run.pool or resource.pool,
            run.arch or resource.arch,
            run.flavor or resource.flavor,
        )
        return run

    def _content(self, path: str) -> bytes:
        content = self._snapshot.read(path, MAX_BYTES)
        if content is None:
            commit, others = self._snapshot.commit[:8], where_else(path, self._snapshot.names())
            raise FileMissing(f"there is no file {path} at commit {commit}{others}")
        return content
