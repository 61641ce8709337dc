"""Robots and webhooks that hear of a task's checks, v4. The service documents their list; what changes it is ours."""

from typing import Annotated

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter

from bottega.check.api.families import check
from bottega.check.api.task_arguments import TaskId
from bottega.check.identifiers import HEX32_PATTERN
from bottega.check.notices.events import CheckEvent
from bottega.check.notices.hooks import CheckHooks, HookChange, HookView
from bottega.check.tasks.texts import checked_word
from bottega.http.operation import op
from bottega.iam.principal import Principal
from bottega.notify.target import MASK

# ruff: noqa: N815 - as on the wire

ON, OFF = "on", "off"
PATH = "/v4/tasks/{task_id:str}/task-webhook-info"

HookId = Annotated[
    str, PathParameter(description="Id of a webhook of the task", schema_extra={"pattern": HEX32_PATTERN})
]


class Hook(msgspec.Struct, kw_only=True):
    """``webhookUrl`` and ``secret`` are masked; without a key ``secret`` is empty. ``events`` are ours."""

    id: str
    taskId: str
    webhookUrl: str
    status: str
    type: str
    secret: str
    events: list[CheckEvent]


class HooksResponse(msgspec.Struct, kw_only=True):
    data: list[Hook]
    total: int


class HookResponse(msgspec.Struct, kw_only=True):
    result: Hook


class HookDoneResponse(msgspec.Struct, kw_only=True):
    result: bool = True


class HookBody(msgspec.Struct, kw_only=True):
    """What is null or left out stays as it is; of a new one all but ``webhookUrl`` may be left out.

    ``status`` is on or off; ``type`` is DING_TALK, FEISHU, WEBHOOK or WECOM, in any case.
    """

    webhookUrl: str | None = None
    type: str | None = None
    secret: str | None = None
    status: str | None = None
    events: list[str] | None = None

    def change(self) -> HookChange:
        """As the service has it. Raises :class:`Invalid`."""
        on = None
        if self.status is not None:
            on = checked_word(self.status, "status", (ON, OFF)) == ON
        return HookChange(
            url=self.webhookUrl, channel=self.type, secret=self.secret, on=on, events=self.events
        )


@get(PATH, **op("show_task_webhook_info", "List the robots and webhooks that hear of a task's checks"))
def show_task_webhook_info(
    principal: NamedDependency[Principal], check_hooks: NamedDependency[CheckHooks], task_id: TaskId
) -> HooksResponse:
    data = [_shown(one) for one in check_hooks.of_task(principal, task_id)]
    return HooksResponse(data=data, total=len(data))


@post(PATH, **op("create_task_webhook", "Have a robot or webhook hear of a task's checks"))
def create_task_webhook(
    principal: NamedDependency[Principal],
    check_hooks: NamedDependency[CheckHooks],
    task_id: TaskId,
    data: JSONBody[HookBody],
) -> HookResponse:
    return HookResponse(result=_shown(check_hooks.add(principal, task_id, data.change())))


@put(f"{PATH}/{{webhook_id:str}}", **op("update_task_webhook", "Change a robot or webhook of a check task"))
def update_task_webhook(
    principal: NamedDependency[Principal],
    check_hooks: NamedDependency[CheckHooks],
    task_id: TaskId,
    webhook_id: HookId,
    data: JSONBody[HookBody],
) -> HookResponse:
    return HookResponse(result=_shown(check_hooks.update(principal, task_id, webhook_id, data.change())))


@delete(
    f"{PATH}/{{webhook_id:str}}", **op("delete_task_webhook", "Remove a robot or webhook of a check task")
)
def delete_task_webhook(
    principal: NamedDependency[Principal],
    check_hooks: NamedDependency[CheckHooks],
    task_id: TaskId,
    webhook_id: HookId,
) -> HookDoneResponse:
    check_hooks.remove(principal, task_id, webhook_id)
    return HookDoneResponse()


@post(
    f"{PATH}/{{webhook_id:str}}/test",
    **op("check_task_webhook", "Send a test message to a robot or webhook of a check task"),
)
def check_task_webhook(
    principal: NamedDependency[Principal],
    check_hooks: NamedDependency[CheckHooks],
    task_id: TaskId,
    webhook_id: HookId,
) -> HookDoneResponse:
    check_hooks.try_out(principal, task_id, webhook_id)
    return HookDoneResponse()


def _shown(view: HookView) -> Hook:
    return Hook(
        id=view.id,
        taskId=view.task_id,
        webhookUrl=view.url,
        status=ON if view.on else OFF,
        type=view.channel,
        secret=MASK if view.has_secret else "",
        events=list(view.events),
    )


ROUTER = check(
    [
        show_task_webhook_info,
        create_task_webhook,
        update_task_webhook,
        delete_task_webhook,
        check_task_webhook,
    ]
)
