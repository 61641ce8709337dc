"""Notices on the wire, named as in the contract.

``send_switch`` and ``use_project_notice`` are text there; booleans are taken too. The contract says that every change
answers with text; v3 answers with an object all the same, as its documentation shows.
"""

from typing import Annotated

import msgspec

from bottega.build.api.arguments import any_case
from bottega.build.api.envelopes import ResultEnvelope
from bottega.build.notices.events import NoticeEvent
from bottega.build.notices.service import NoticeChange, NoticeView
from bottega.build.tables import BuildTask
from bottega.build.wire import JobId, Scalar, as_text
from bottega.documented import documented
from bottega.errors import Invalid
from bottega.notify.channels import Channel
from bottega.notify.reach import MAX_URL

WORDS = {"true": True, "false": False, "": None}

NoticeTypeName = Annotated[str, documented(pattern=any_case(*Channel))]
EventName = Annotated[str, documented(enum=list(NoticeEvent))]
Switch = Annotated[Scalar | None, documented(pattern="^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])?$")]
WebhookUrl = Annotated[str, documented(pattern="^https?://", maxLength=MAX_URL)]


class QueryJobNoticeItems(msgspec.Struct, kw_only=True):
    notice_type: str
    enable_map: dict[str, bool]
    param_config: str


class ShowJobNoticeConfigInfoResponse(ResultEnvelope, kw_only=True):
    result: list[QueryJobNoticeItems]


class UpdateNoticeRequestBody(msgspec.Struct, kw_only=True):
    notice_type: NoticeTypeName
    enabled_event_type_names: list[EventName]
    send_switch: Switch = None
    param_config: str | None = None
    use_project_notice: Switch = None


class UpdateNewNoticeNewResponse(ResultEnvelope, kw_only=True):
    """``result`` is the id of the task."""

    result: str


class NoticeJob(msgspec.Struct, kw_only=True):
    job_id: str


class UpdateNoticeResponse(ResultEnvelope, kw_only=True):
    """Of update and disable in v3."""

    result: NoticeJob


class CheckWebhookUrlRequestBody(msgspec.Struct, kw_only=True):
    job_id: JobId
    notice_type: NoticeTypeName
    webhook_url: WebhookUrl


class CheckWebhookUrlResponse(ResultEnvelope, kw_only=True):
    pass


def change_of(body: UpdateNoticeRequestBody) -> NoticeChange:
    """What an update wants. Raises :class:`Invalid` for a switch that is neither true nor false."""
    return NoticeChange(
        notice_type=body.notice_type,
        event_names=body.enabled_event_type_names,
        param_config=body.param_config or "",
        switched_on=_switch("send_switch", body.send_switch) is not False,
        follow=_switch("use_project_notice", body.use_project_notice) is True,
    )


def shown(views: list[NoticeView]) -> ShowJobNoticeConfigInfoResponse:
    """All channels of a task; each names every event."""
    return ShowJobNoticeConfigInfoResponse(
        result=[
            QueryJobNoticeItems(
                notice_type=view.channel,
                enable_map={event: event in view.events for event in NoticeEvent},
                param_config=view.param_config,
            )
            for view in views
        ]
    )


def changed(task: BuildTask) -> UpdateNoticeResponse:
    """The answer of v3 to a change."""
    return UpdateNoticeResponse(result=NoticeJob(job_id=task.id))


def _switch(field: str, value: Scalar | None) -> bool | None:
    try:
        return WORDS[(as_text(value) or "").lower()]
    except KeyError:
        raise Invalid(field, 'expected "true" or "false"') from None
