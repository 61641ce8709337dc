"""When a task is checked by the clock, v1. The service does not document how it is set: that is ours."""

import msgspec
from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from bottega.check.api.families import TaskFrame, check
from bottega.check.api.task_arguments import TaskId, moment
from bottega.check.schedules.choice import UTC, Schedule
from bottega.check.schedules.service import CheckSchedules
from bottega.http.operation import op
from bottega.iam.principal import Principal

# ruff: noqa: N815 - as on the wire


class TaskCron(msgspec.Struct, kw_only=True):
    """``crons`` have five fields, meant in ``timeZoneId``; ``nextTime`` is null where no check is to come."""

    taskId: str
    enabled: bool
    crons: list[str]
    timeZoneId: str
    nextTime: str | None


class TaskCronResponse(TaskFrame, kw_only=True):
    result: TaskCron


class UpdateTaskCronRequest(msgspec.Struct, kw_only=True):
    enabled: bool
    crons: list[str] | None = None
    timeZoneId: str | None = None


@get("/v1/tasks/{task_id:str}/taskcron", **op("show_task_cron", "Show when a task is checked by the clock"))
def show_task_cron(
    principal: NamedDependency[Principal], check_schedules: NamedDependency[CheckSchedules], task_id: TaskId
) -> TaskCronResponse:
    return _answer(task_id, *check_schedules.show(principal, task_id))


@put("/v1/tasks/{task_id:str}/taskcron", **op("update_task_cron", "Say when a task is checked by the clock"))
def update_task_cron(
    principal: NamedDependency[Principal],
    check_schedules: NamedDependency[CheckSchedules],
    task_id: TaskId,
    data: JSONBody[UpdateTaskCronRequest],
) -> TaskCronResponse:
    schedule = Schedule(on=data.enabled, crons=tuple(data.crons or ()), zone=data.timeZoneId or UTC)
    return _answer(task_id, schedule, check_schedules.save(principal, task_id, schedule))


def _answer(task_id: str, schedule: Schedule, next_at: int | None) -> TaskCronResponse:
    shown = TaskCron(
        taskId=task_id,
        enabled=schedule.on,
        crons=list(schedule.crons),
        timeZoneId=schedule.zone,
        nextTime=moment(next_at),
    )
    return TaskCronResponse(result=shown)


ROUTER = check([show_task_cron, update_task_cron])
