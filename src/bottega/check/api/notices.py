"""Which ends of checks are told, by mail and by messages of the console: v1 of tasks, v2 of projects.

The service documents how it is read; how it is set is ours.
"""

from collections.abc import Mapping

import msgspec
from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from bottega.check.api.families import TaskFrame, check
from bottega.check.api.task_arguments import ProjectIdQuery, TaskId
from bottega.check.notices.events import EVENT_TYPES, CheckEvent
from bottega.check.notices.service import CheckNotices
from bottega.check.notices.switches import Own, Switches
from bottega.errors import Invalid
from bottega.http.operation import op
from bottega.iam.principal import Principal
from bottega.notify.channels import Channel

# ruff: noqa: N815 - as on the wire


class Levels(msgspec.Struct, kw_only=True):
    """Where each switch was set: task, project or default."""

    sendMail: str
    sendMessage: str


class TaskChannels(msgspec.Struct, kw_only=True):
    """``level`` is ours."""

    sendMail: bool
    sendMessage: bool
    level: Levels


class TaskNotification(msgspec.Struct, kw_only=True):
    """``executeTask``: however a check ended; ``executeTaskFailed`` is ours: only those that went wrong."""

    executeTask: TaskChannels
    executeTaskFailed: TaskChannels
    codeGateFailed: TaskChannels


class TaskNotificationResponse(TaskFrame, kw_only=True):
    result: TaskNotification


class WantedTaskChannels(msgspec.Struct, kw_only=True):
    """What is null or left out is as the project has it."""

    sendMail: bool | None = None
    sendMessage: bool | None = None


class UpdateTaskNotificationRequest(msgspec.Struct, kw_only=True):
    executeTask: WantedTaskChannels | None = None
    executeTaskFailed: WantedTaskChannels | None = None
    codeGateFailed: WantedTaskChannels | None = None


class ProjectChannels(msgspec.Struct, kw_only=True):
    """1 is on, 0 is off; ``level`` is ours."""

    eventType: str
    sendMail: int
    sendMessage: int
    level: Levels


class ProjectNotificationResponse(msgspec.Struct, kw_only=True):
    executeTask: ProjectChannels
    executeTaskFailed: ProjectChannels
    codeGateFailed: ProjectChannels


class WantedProjectChannels(msgspec.Struct, kw_only=True):
    """1 is on, 0 is off; what is null or left out is as it is by default."""

    sendMail: int | None = None
    sendMessage: int | None = None


class UpdateProjectNotificationRequest(msgspec.Struct, kw_only=True):
    executeTask: WantedProjectChannels | None = None
    executeTaskFailed: WantedProjectChannels | None = None
    codeGateFailed: WantedProjectChannels | None = None


@get(
    "/v1/task/notification/{task_id:str}",
    **op("show_task_notification", "Show which ends of a task's checks are told, and how"),
)
def show_task_notification(
    principal: NamedDependency[Principal], check_notices: NamedDependency[CheckNotices], task_id: TaskId
) -> TaskNotificationResponse:
    return _of_task(check_notices.of_task(principal, task_id))


@put(
    "/v1/task/notification/{task_id:str}",
    **op("update_task_notification", "Choose which ends of a task's checks are told, and how"),
)
def update_task_notification(
    principal: NamedDependency[Principal],
    check_notices: NamedDependency[CheckNotices],
    task_id: TaskId,
    data: JSONBody[UpdateTaskNotificationRequest],
) -> TaskNotificationResponse:
    own = _own({event: _task_channels(getattr(data, event)) for event in CheckEvent})
    return _of_task(check_notices.set_task(principal, task_id, own))


@get(
    "/v2/transmission/notification",
    **op("show_check_notification", "Show which ends of checks are told in a project, and how"),
)
def show_check_notification(
    principal: NamedDependency[Principal],
    check_notices: NamedDependency[CheckNotices],
    project_id: ProjectIdQuery = "",
    domain_id: ProjectIdQuery = "",
    is_check_project: FromQuery[str] = "",
) -> ProjectNotificationResponse:
    _check_query(principal, domain_id, is_check_project)
    return _of_project(check_notices.of_project(principal, project_id))


@put(
    "/v2/transmission/notification",
    **op("update_check_notification", "Choose which ends of checks are told in a project, and how"),
)
def update_check_notification(  # noqa: PLR0917 - what the query may hold
    principal: NamedDependency[Principal],
    check_notices: NamedDependency[CheckNotices],
    data: JSONBody[UpdateProjectNotificationRequest],
    project_id: ProjectIdQuery = "",
    domain_id: ProjectIdQuery = "",
    is_check_project: FromQuery[str] = "",
) -> ProjectNotificationResponse:
    _check_query(principal, domain_id, is_check_project)
    own = _own({event: _project_channels(event, getattr(data, event)) for event in CheckEvent})
    return _of_project(check_notices.set_project(principal, project_id, own))


def _check_query(principal: Principal, domain_id: str, is_check_project: str) -> None:
    if is_check_project not in {"", "0", "1"}:
        raise Invalid("is_check_project", "is neither 0 nor 1")
    if domain_id and domain_id != principal.tenant_id:
        raise Invalid("domain_id", "is not the caller's account")


def _task_channels(wanted: WantedTaskChannels | None) -> Mapping[Channel, bool | None]:
    if wanted is None:
        return {}
    return {Channel.MAIL: wanted.sendMail, Channel.MESSAGE: wanted.sendMessage}


def _project_channels(
    event: CheckEvent, wanted: WantedProjectChannels | None
) -> Mapping[Channel, bool | None]:
    if wanted is None:
        return {}
    return {
        Channel.MAIL: _switch(wanted.sendMail, f"{event}.sendMail"),
        Channel.MESSAGE: _switch(wanted.sendMessage, f"{event}.sendMessage"),
    }


def _switch(value: int | None, field: str) -> bool | None:
    if value not in {None, 0, 1}:
        raise Invalid(field, "is neither 0 nor 1")
    return None if value is None else value == 1


def _own(wanted: Mapping[CheckEvent, Mapping[Channel, bool | None]]) -> Own:
    own: dict[str, dict[str, bool]] = {}
    for event, channels in wanted.items():
        if said := {str(channel): on for channel, on in channels.items() if on is not None}:
            own[str(event)] = said
    return own


def _of_task(switches: Switches) -> TaskNotificationResponse:
    shown = {
        str(event): TaskChannels(
            sendMail=by[Channel.MAIL].on, sendMessage=by[Channel.MESSAGE].on, level=_levels(switches, event)
        )
        for event, by in switches.items()
    }
    return TaskNotificationResponse(result=TaskNotification(**shown))


def _of_project(switches: Switches) -> ProjectNotificationResponse:
    shown = {
        str(event): ProjectChannels(
            eventType=EVENT_TYPES[event],
            sendMail=int(by[Channel.MAIL].on),
            sendMessage=int(by[Channel.MESSAGE].on),
            level=_levels(switches, event),
        )
        for event, by in switches.items()
    }
    return ProjectNotificationResponse(**shown)


def _levels(switches: Switches, event: CheckEvent) -> Levels:
    by = switches[event]
    return Levels(sendMail=by[Channel.MAIL].level, sendMessage=by[Channel.MESSAGE].level)


ROUTER = check(
    [
        show_task_notification,
        update_task_notification,
        show_check_notification,
        update_check_notification,
    ]
)
