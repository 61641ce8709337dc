"""Notices of build tasks, v1."""

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from bottega.build.api.arguments import JobId
from bottega.build.api.families import v1
from bottega.build.api.notice_models import (
    CheckWebhookUrlRequestBody,
    CheckWebhookUrlResponse,
    ShowJobNoticeConfigInfoResponse,
    UpdateNewNoticeNewResponse,
    UpdateNoticeRequestBody,
    change_of,
    shown,
)
from bottega.build.notices.service import NoticeService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get(
    "/v1/job/{job_id:str}/notice",
    **op("show_job_notice_config_info", "Show who is told what about a build task"),
)
def show_job_notice_config_info(
    principal: NamedDependency[Principal], notices: NamedDependency[NoticeService], job_id: JobId
) -> ShowJobNoticeConfigInfoResponse:
    return shown(notices.show(principal, job_id))


@put(
    "/v1/job/{job_id:str}/notice",
    **op("update_new_notice_new", "Choose the events one channel tells of a build task"),
)
def update_new_notice_new(
    principal: NamedDependency[Principal],
    notices: NamedDependency[NoticeService],
    job_id: JobId,
    data: JSONBody[UpdateNoticeRequestBody],
) -> UpdateNewNoticeNewResponse:
    return UpdateNewNoticeNewResponse(result=notices.update(principal, job_id, change_of(data)).id)


@post(
    "/v1/job/check/webhook-url",
    **op("check_webhook_url", "Send a test message to a chat robot or webhook"),
)
def check_webhook_url(
    principal: NamedDependency[Principal],
    notices: NamedDependency[NoticeService],
    data: JSONBody[CheckWebhookUrlRequestBody],
) -> CheckWebhookUrlResponse:
    notices.checker.check(principal, data.job_id, data.notice_type, data.webhook_url)
    return CheckWebhookUrlResponse()


ROUTER = v1([show_job_notice_config_info, update_new_notice_new, check_webhook_url])
