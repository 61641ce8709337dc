"""Why a build failed, named as in the live service's documentation.

``job_name`` is what the live service sends and ``jobName`` what its documentation says: both are given.
"""

import msgspec

from bottega.build.analysis.service import Analysis, FailedStep
from bottega.build.api.envelopes import ResultEnvelope


class ErrorInfo(msgspec.Struct, kw_only=True):
    """``error_message``: the likely cause and the line that tells it. ``faq``: what to do about it."""

    error_code: str
    error_message: str
    faq: str | None


class AnalysisError(msgspec.Struct, kw_only=True):
    """``node_id`` is that of full-stages. Both it and ``step`` are empty for what failed the build as a whole."""

    node_id: str
    step: str
    analyzed_success: bool
    error_info: ErrorInfo


class LogAnalysisResult(msgspec.Struct, kw_only=True):
    """No ``error_nodes``: the build has not failed."""

    job_name: str
    job_name_documented: str = msgspec.field(name="jobName")
    error_nodes: list[AnalysisError]


class ShowLogAnalysisResponse(ResultEnvelope, kw_only=True):
    result: LogAnalysisResult


def log_analysis(found: Analysis) -> LogAnalysisResult:
    """In the wire's shape."""
    return LogAnalysisResult(
        job_name=found.task_name,
        job_name_documented=found.task_name,
        error_nodes=[_node(step) for step in found.steps],
    )


def _node(step: FailedStep) -> AnalysisError:
    rule, line = step.diagnosis.rule, step.diagnosis.line
    if rule is None:
        info = ErrorInfo(error_code="", error_message=line, faq=None)
    else:
        info = ErrorInfo(error_code=rule.code, error_message=f"{rule.cause} {line}".rstrip(), faq=rule.advice)
    return AnalysisError(
        node_id=str(step.node_id or ""),
        step=step.name,
        analyzed_success=rule is not None,
        error_info=info,
    )
