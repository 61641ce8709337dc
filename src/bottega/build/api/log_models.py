"""Pages of logs, named as in the contract. Offsets are bytes of the whole log; pages end at line borders."""

import msgspec

from bottega.build.api.envelopes import ResultEnvelope

LOCATION = "bottega"
"""Who keeps the log."""


class OctopusV3LogResponseBodyResult(msgspec.Struct, kw_only=True):
    """Offsets are text. ``has_more`` stays true until the build has finished and its last line was given."""

    has_more: bool
    start_offset: str
    end_offset: str
    log: str
    location: str


class DownloadBuildRealTimeLogResponse(ResultEnvelope, kw_only=True):
    result: OctopusV3LogResponseBodyResult


class ShowActionIInfoResponse(ResultEnvelope, kw_only=True):
    result: OctopusV3LogResponseBodyResult


class StepLogResult(OctopusV3LogResponseBodyResult, kw_only=True):
    """Offsets count from the beginning of the step's log. ``step_id`` is the stage's ``node_id``, ``step`` its name."""

    step_id: int
    step: str


class ShowActionInfoResponse(ResultEnvelope, kw_only=True):
    result: StepLogResult


class RealTimeLogResponseBodyResult(msgspec.Struct, kw_only=True):
    """``offset`` is where to go on, ``current_offset`` where this page began."""

    has_more_data: bool
    offset: int
    content: str
    current_offset: int


class DownloadRealTimeLogResponse(ResultEnvelope, kw_only=True):
    result: RealTimeLogResponseBodyResult
