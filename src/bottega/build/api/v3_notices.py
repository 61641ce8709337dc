"""Notices of build tasks, v3: the same services, other paths and one other frame."""

from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from bottega.build.api.arguments import JobId, any_case
from bottega.build.api.families import v3
from bottega.build.api.notice_models import (
    ShowJobNoticeConfigInfoResponse,
    UpdateNoticeRequestBody,
    UpdateNoticeResponse,
    change_of,
    changed,
    shown,
)
from bottega.build.notices.service import NoticeService
from bottega.http.operation import op
from bottega.iam.principal import Principal
from bottega.notify.channels import Channel

NoticeType = Annotated[
    str, QueryParameter(description="The channel, in any case", schema_extra={"pattern": any_case(*Channel)})
]


@get(
    "/v3/jobs/notice/{job_id:str}/query", **op("list_notice", "Show who is told what about a build task (v3)")
)
def list_notice(
    principal: NamedDependency[Principal], notices: NamedDependency[NoticeService], job_id: JobId
) -> ShowJobNoticeConfigInfoResponse:
    return shown(notices.show(principal, job_id))


@post(
    "/v3/jobs/notice/{job_id:str}/update",
    **op("update_notice", "Choose the events one channel tells of a build task (v3)"),
)
def update_notice(
    principal: NamedDependency[Principal],
    notices: NamedDependency[NoticeService],
    job_id: JobId,
    data: JSONBody[UpdateNoticeRequestBody],
) -> UpdateNoticeResponse:
    return changed(notices.update(principal, job_id, change_of(data)))


@post(
    "/v3/jobs/notice/{job_id:str}/disable",
    **op("disable_notice", "Have one channel tell nothing of a build task (v3)"),
)
def disable_notice(
    principal: NamedDependency[Principal],
    notices: NamedDependency[NoticeService],
    job_id: JobId,
    notice_type: NoticeType,
) -> UpdateNoticeResponse:
    return changed(notices.disable(principal, job_id, notice_type))


ROUTER = v3([list_notice, update_notice, disable_notice])
