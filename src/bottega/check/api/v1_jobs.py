"""Running and stopping checks, v1."""

from litestar import post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from bottega.check.access import Action
from bottega.check.api.basic_models import rule_sets_of
from bottega.check.api.families import check
from bottega.check.api.job_models import CreateJobBody, CreateJobResponse, StopJobResponse, created
from bottega.check.api.task_arguments import TaskId
from bottega.check.scans.service import ScanService
from bottega.check.tasks.service import CheckTaskService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@post("/v1/jobs", **op("create_check_job", "Check a task (v1)"))
def create_check_job(
    principal: NamedDependency[Principal],
    scans: NamedDependency[ScanService],
    check_tasks: NamedDependency[CheckTaskService],
    data: JSONBody[CreateJobBody],
) -> CreateJobResponse:
    scan = scans.run(principal, data.taskId, executor=data.executor)
    settings = check_tasks.show(principal, data.taskId, Action.EXECUTE).settings
    return created(scan, scans.region, rule_sets_of([one for one in settings.rule_sets if one.on]))


@put("/v1/tasks/{task_id:str}/stop", **op("stop_check_job", "Stop the check of a task (v1)"))
def stop_check_job(
    principal: NamedDependency[Principal], scans: NamedDependency[ScanService], task_id: TaskId
) -> StopJobResponse:
    scans.stop(principal, task_id)
    return StopJobResponse(result=True)


ROUTER = check([create_check_job, stop_check_job])
