"""Running and stopping checks, v1."""

from litestar import post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from bottega.check.api.families import check
from bottega.check.api.job_models import CreateJobBody, CreateJobResponse, StopJobResponse, created
from bottega.check.api.task_arguments import TaskId
from bottega.check.api.text_language import AcceptLanguage, in_english
from bottega.check.scans.service import ScanService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@post("/v1/jobs", **op("create_check_job", "Check a task (v1)"))
def create_check_job(
    principal: NamedDependency[Principal],
    scans: NamedDependency[ScanService],
    data: JSONBody[CreateJobBody],
    accepted: AcceptLanguage = "",
) -> CreateJobResponse:
    scan = scans.run(principal, data.taskId, executor=data.executor)
    return created(scan, scans.region, english=in_english(accepted))


@put("/v1/tasks/{task_id:str}/stop", **op("stop_check_job", "Stop the check of a task (v1)"))
def stop_check_job(
    principal: NamedDependency[Principal], scans: NamedDependency[ScanService], task_id: TaskId
) -> StopJobResponse:
    scans.stop(principal, task_id)
    return StopJobResponse(result=True)


ROUTER = check([create_check_job, stop_check_job])
