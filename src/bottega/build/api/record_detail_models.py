"""What one build record tells beside its header, named as in the contract."""

from typing import Any

import msgspec

from bottega.build.api.envelopes import ResultEnvelope
from bottega.build.api.record_models import RECORD_WORDS, BuildInfoRecord, RecordInfo2Result
from bottega.build.api.run_models import is_unfinished
from bottega.build.status import BuildStatus


class JobStatusResultResponseBodyResult(msgspec.Struct, kw_only=True):
    """``build_result`` is null while the build waits or runs."""

    building: bool
    build_result: str | None
    region: str


class ShowBuildDetailsResponse(ResultEnvelope, kw_only=True):
    result: JobStatusResultResponseBodyResult


class ShowBuildInfoRecordResponse(ResultEnvelope, kw_only=True):
    result: BuildInfoRecord


class ShowJobBuildRecordDetailResponse(ResultEnvelope, kw_only=True):
    result: RecordInfo2Result


class ShowBuildRecordBuildScriptResponse(ResultEnvelope, kw_only=True):
    """``result`` is one YAML document (:mod:`bottega.build.api.build_script`)."""

    result: str


class BuildParameter(msgspec.Struct, kw_only=True):
    name: str
    value: str


class ListBuildParameterResponse(ResultEnvelope, kw_only=True):
    result: list[BuildParameter]


class OutPutResult(msgspec.Struct, kw_only=True):
    project_id: str
    name: str
    version: str
    package_type: str
    uri: str
    type: str
    daily_build_number: str


class OutPutInfoResult(msgspec.Struct, kw_only=True):
    """What the build left behind, by name; null when it left nothing of that kind."""

    package_info: OutPutResult | None = None
    package_infos: dict[str, OutPutResult] | None = None
    image_infos: dict[str, OutPutResult] | None = None


class ShowOutputInfoResponse(ResultEnvelope, kw_only=True):
    result: OutPutInfoResult


def details(build: BuildStatus, region: str) -> JobStatusResultResponseBodyResult:
    """Whether a build is still going on, and how it ended."""
    building = is_unfinished(build)
    return JobStatusResultResponseBodyResult(
        building=building, build_result=None if building else RECORD_WORDS[build.state][0], region=region
    )


def parameters(shown: list[dict[str, Any]]) -> list[BuildParameter]:
    """Names and values of a record's parameters, private ones masked as they are stored."""
    return [BuildParameter(name=one["name"], value=one["value"]) for one in shown]
