"""Disabling and enabling build tasks, v3."""

from litestar import post
from litestar.di import NamedDependency

from bottega.build.api.arguments import JobId
from bottega.build.api.envelopes import StatusEnvelope
from bottega.build.api.families import v3
from bottega.build.task_states import TaskStates
from bottega.http.operation import op
from bottega.iam.principal import Principal


@post("/v3/jobs/{job_id:str}/disable", **op("disable_build_job", "Disable a build task (v3)"))
def disable_build_job(
    principal: NamedDependency[Principal], states: NamedDependency[TaskStates], job_id: JobId
) -> StatusEnvelope:
    states.disable(principal, job_id)
    return StatusEnvelope()


@post("/v3/jobs/{job_id:str}/recover", **op("enable_build_job", "Enable a disabled build task (v3)"))
def enable_build_job(
    principal: NamedDependency[Principal], states: NamedDependency[TaskStates], job_id: JobId
) -> StatusEnvelope:
    states.enable(principal, job_id)
    return StatusEnvelope()


ROUTER = v3([disable_build_job, enable_build_job])
