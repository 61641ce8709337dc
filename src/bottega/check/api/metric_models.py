"""The measures of a check, named as in the contract: all of them texts (reference, section 5.4)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from bottega.check.api.summary_models import duration
from bottega.check.api.task_arguments import moment
from bottega.check.issues.service import TaskState

_KLOC = 1_000


class MetricInfo(msgspec.Struct, kw_only=True):
    """Ratios are in percent, averages have two digits, ``…_kloc`` are per 1,000 lines of code."""

    code_size: str
    raw_lines: str
    methods_total: str
    cyclomatic_complexity_total: str
    cyclomatic_complexity_per_method: str
    maximum_cyclomatic_complexity: str
    huge_cyclomatic_complexity_total: str
    huge_cyclomatic_complexity_ratio: str
    cca_cyclomatic_complexity_total: str
    cca_cyclomatic_complexity_per_method: str
    maximum_cca_cyclomatic_complexity: str
    huge_cca_cyclomatic_complexity_total: str
    cyclomatic_complexity_adequacy: str
    maximum_depth: str
    huge_depth_total: str
    huge_depth_ratio: str
    method_lines: str
    lines_per_method: str
    huge_method_total: str
    huge_method_ratio: str
    files_total: str
    folders_total: str
    lines_per_file: str
    huge_headerfile_total: str
    huge_headerfile_ratio: str
    huge_non_headerfile_total: str
    huge_non_headerfile_ratio: str
    huge_folder_total: str
    huge_folder_ratio: str
    file_duplication_total: str
    file_duplication_ratio: str
    non_hfile_duplication_total: str
    non_hfile_duplication_ratio: str
    code_duplication_total: str
    code_duplication_ratio: str
    non_hfile_code_duplication_total: str
    non_hfile_code_duplication_ratio: str
    unsafe_functions_total: str
    unsafe_functions_kloc: str
    redundant_code_total: str
    redundant_code_kloc: str
    warning_suppression_total: str
    warning_suppression_kloc: str


class ShowTaskCmetricsResponse(msgspec.Struct, kw_only=True):
    """``metric_info`` is null while the task was never checked."""

    task_id: str
    task_name: str
    creator_id: str
    git_url: str
    git_branch: str
    last_check_time: str | None
    last_check_finish_time: str | None
    last_exec_time: str | None
    check_type: str
    created_at: str | None
    metric_info: MetricInfo | None


def measures(state: TaskState, *, chinese: bool) -> ShowTaskCmetricsResponse:
    """The measures of the newest check of a task."""
    task, scan = state.task, state.scan
    return ShowTaskCmetricsResponse(
        task_id=task.id,
        task_name=task.name,
        creator_id=task.creator_id,
        git_url=task.git_url,
        git_branch=(scan.branch if scan else "") or task.branch,
        last_check_time=moment(scan.started_at) if scan else None,
        last_check_finish_time=moment(scan.finished_at) if scan else None,
        last_exec_time=duration(scan, chinese=chinese),
        check_type="source",
        created_at=moment(task.created_at),
        metric_info=metrics_of(scan.figures) if scan else None,
    )


def metrics_of(figures: Mapping[str, Any]) -> MetricInfo:
    """The measures by the names of :func:`~bottega.check.issues.figures.size_figures`."""

    def count(name: str) -> int:
        return int(figures.get(name, 0))

    def total(name: str) -> str:
        return str(count(name))

    def ratio(part: str, whole: str) -> str:
        return f"{100 * count(part) / (count(whole) or 1):.2f}"

    def average(part: str, whole: str, times: int = 1) -> str:
        return f"{times * count(part) / (count(whole) or 1):.2f}"

    headers = count("files") - count("source_files")
    adequate = count("functions") - count("complex_cca_functions")
    return MetricInfo(
        code_size=total("code"),
        raw_lines=total("lines"),
        methods_total=total("functions"),
        cyclomatic_complexity_total=total("complexity"),
        cyclomatic_complexity_per_method=average("complexity", "functions"),
        maximum_cyclomatic_complexity=total("highest_complexity"),
        huge_cyclomatic_complexity_total=total("complex_functions"),
        huge_cyclomatic_complexity_ratio=ratio("complex_functions", "functions"),
        cca_cyclomatic_complexity_total=total("cca"),
        cca_cyclomatic_complexity_per_method=average("cca", "functions"),
        maximum_cca_cyclomatic_complexity=total("highest_cca"),
        huge_cca_cyclomatic_complexity_total=total("complex_cca_functions"),
        cyclomatic_complexity_adequacy=f"{100 * adequate / (count('functions') or 1):.2f}",
        maximum_depth=total("highest_depth"),
        huge_depth_total=total("deep_functions"),
        huge_depth_ratio=ratio("deep_functions", "functions"),
        method_lines=total("function_lines"),
        lines_per_method=average("function_lines", "functions"),
        huge_method_total=total("long_functions"),
        huge_method_ratio=ratio("long_functions", "functions"),
        files_total=total("files"),
        folders_total=total("folders"),
        lines_per_file=average("lines", "files"),
        huge_headerfile_total=total("huge_headers"),
        huge_headerfile_ratio=f"{100 * count('huge_headers') / (headers or 1):.2f}",
        huge_non_headerfile_total=total("huge_sources"),
        huge_non_headerfile_ratio=ratio("huge_sources", "source_files"),
        huge_folder_total=total("huge_folders"),
        huge_folder_ratio=ratio("huge_folders", "folders"),
        file_duplication_total=total("duplicated_files"),
        file_duplication_ratio=ratio("duplicated_files", "files"),
        non_hfile_duplication_total=total("duplicated_source_files"),
        non_hfile_duplication_ratio=ratio("duplicated_source_files", "source_files"),
        code_duplication_total=total("duplicated_lines"),
        code_duplication_ratio=ratio("duplicated_lines", "code"),
        non_hfile_code_duplication_total=total("source_duplicated_lines"),
        non_hfile_code_duplication_ratio=ratio("source_duplicated_lines", "source_lines"),
        unsafe_functions_total=total("unsafe_calls"),
        unsafe_functions_kloc=average("unsafe_calls", "code", _KLOC),
        redundant_code_total=total("dead_blocks"),
        redundant_code_kloc=average("dead_blocks", "code", _KLOC),
        warning_suppression_total=total("suppressions"),
        warning_suppression_kloc=average("suppressions", "code", _KLOC),
    )
