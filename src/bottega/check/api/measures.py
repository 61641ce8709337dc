"""Sizes and duplicates of single files, v1 and v2."""

import re
from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from bottega.check.api.families import check
from bottega.check.api.issue_arguments import JobId, TaskIdQuery, scan_of
from bottega.check.api.measure_models import (
    DuplicationInfoResponse,
    DuplicationRequest,
    FolderMeasuresResponse,
    MeasureList,
    MeasureListRequest,
    MeasureListResponse,
    MeasureTotalRequest,
    MeasureTotalResponse,
    RelatedBlocksResponse,
    TaskMeasuresResponse,
    blocks_of,
    duplication_of,
    folder_of,
    info_of,
    total_of,
)
from bottega.check.api.metric_models import measures
from bottega.check.api.task_arguments import (
    PageNumber,
    TaskId,
    check_limit,
    check_page,
    check_range,
    check_search,
    limit_of,
)
from bottega.check.api.text_language import AcceptLanguage, in_english
from bottega.check.issues.service import IssueService
from bottega.check.measures.duplicates import Lines
from bottega.check.measures.files import MeasureFilter, Order, Part
from bottega.check.measures.service import MeasureService
from bottega.check.tasks.texts import checked_path, checked_word
from bottega.errors import SHOWN, Invalid
from bottega.http.operation import op
from bottega.iam.principal import Principal

MAX_SIZE, MAX_SIZE_V2 = 20, 200
MAX_LINE = 2**31 - 1
CODE, FILE = "duplication_code", "duplication_file"
ASCENDING, DESCENDING = "ASC", "DESC"
_NUMBER = re.compile(r"[0-9]{1,9}")

Folder = Annotated[
    str, QueryParameter(description="A folder that the newest check saw; all of the repository by default")
]
FilePath = Annotated[str, QueryParameter(description="Path of a file that the newest check saw")]
BlockId = Annotated[
    str,
    QueryParameter(description="Only this block of the file", schema_extra={"pattern": "^([0-9]{1,9})?$"}),
]
DuplicationType = Annotated[
    str,
    QueryParameter(
        description="duplication_code for stretches, duplication_file for whole files that are the same",
        schema_extra={"enum": ["", CODE, FILE]},
    ),
]


@get("/v1/tasks/{task_id:str}/measure-list", **op("get_measure_list", "List the files of a task by size"))
def get_measure_list(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    check_measures: NamedDependency[MeasureService],
    task_id: TaskId,
    job_id: JobId = "",
    page_num: PageNumber = 1,
    page_size: Annotated[int, limit_of(MAX_SIZE)] = MAX_SIZE,
) -> MeasureListResponse:
    size = check_limit(page_size, MAX_SIZE, "page_size")
    offset = (check_page(page_num, "page_num") - 1) * size
    found = check_measures.page(principal, task_id, MeasureFilter(), offset, size, scan_of("", job_id))
    return MeasureListResponse(
        result=MeasureList(total=found[1], measureProjectInfos=[info_of(one) for one in found[0]])
    )


@post("/v2/measure/measure-list", **op("get_measure_list_v2", "List files of a task by a filter (v2)"))
def get_measure_list_v2(
    principal: NamedDependency[Principal],
    check_measures: NamedDependency[MeasureService],
    data: JSONBody[MeasureListRequest],
) -> MeasureListResponse:
    size = check_limit(data.pageSize, MAX_SIZE_V2, "pageSize")
    offset = (check_page(data.page) - 1) * size
    direction = checked_word((data.sortType or "").upper(), "sortType", ("", ASCENDING, DESCENDING))
    where = MeasureFilter(
        part=Part(checked_word(data.filterType or Part.ALL, "filterType", Part)),
        search=check_search(data.search or "", "search"),
        order=Order(checked_word(data.sortField or "", "sortField", Order)),
        ascending=direction == ASCENDING,
    )
    scan_id = scan_of("", data.jobId, "jobId")
    rows, total = check_measures.page(principal, data.taskId, where, offset, size, scan_id)
    return MeasureListResponse(
        result=MeasureList(total=total, measureProjectInfos=[info_of(one) for one in rows])
    )


@get(
    "/v1/tasks/{task_id:str}/folder-measures",
    **op("show_folder_measures", "Show the measures of a folder and of what lies in it"),
)
def show_folder_measures(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    check_measures: NamedDependency[MeasureService],
    task_id: TaskId,
    folder: Folder = "",
    job_id: JobId = "",
    page_num: PageNumber = 1,
    page_size: Annotated[int, limit_of(MAX_SIZE_V2)] = MAX_SIZE,
) -> FolderMeasuresResponse:
    size = check_limit(page_size, MAX_SIZE_V2, "page_size")
    offset = (check_page(page_num, "page_num") - 1) * size
    path = checked_path(inside, "folder") if (inside := folder.strip("/")) else ""
    found = check_measures.folder(principal, task_id, path, scan_of("", job_id), field="folder")
    return FolderMeasuresResponse(result=folder_of(found, offset, size))


@post("/v1/measure/measure-total", **op("filter_measure_total", "Count the files of a task by their sizes"))
def filter_measure_total(
    principal: NamedDependency[Principal],
    check_measures: NamedDependency[MeasureService],
    data: JSONBody[MeasureTotalRequest],
) -> MeasureTotalResponse:
    search = check_search(data.search or "", "search")
    found = check_measures.totals(principal, data.taskId, search, scan_of("", data.jobId, "jobId"))
    return MeasureTotalResponse(result=total_of(found))


@get("/v1/defects/task-measures", **op("show_task_measures", "Show the measures of a check task (v1)"))
def show_task_measures(
    principal: NamedDependency[Principal],
    issues: NamedDependency[IssueService],
    task_id: TaskIdQuery,
    accepted: AcceptLanguage = "",
) -> TaskMeasuresResponse:
    shown = measures(issues.state(principal, task_id), chinese=not in_english(accepted))
    return TaskMeasuresResponse(result=shown)


@get(
    "/v1/tasks/{task_id:str}/related-duplicate-blocks",
    **op("show_related_duplicate_blocks", "Show where the code of a file is as well"),
)
def show_related_duplicate_blocks(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    check_measures: NamedDependency[MeasureService],
    task_id: TaskId,
    file_path: FilePath,
    job_id: JobId = "",
    block_id: BlockId = "",
    duplication_type: DuplicationType = CODE,
) -> RelatedBlocksResponse:
    scan_id, wanted = scan_of("", job_id), Lines(block=_block(block_id, "block_id"))
    if _whole(duplication_type, "duplication_type"):
        found = check_measures.twins(principal, task_id, file_path, scan_id, field="file_path")
    else:
        found = check_measures.duplicates(principal, task_id, file_path, wanted, scan_id, field="file_path")
    return RelatedBlocksResponse(result=blocks_of(found))


@post(
    "/v2/related-duplicate-blocks",
    **op("list_related_duplicate_blocks", "Show where the code of a file is as well (v2)"),
)
def list_related_duplicate_blocks(
    principal: NamedDependency[Principal],
    check_measures: NamedDependency[MeasureService],
    data: JSONBody[DuplicationRequest],
) -> RelatedBlocksResponse:
    scan_id, wanted = scan_of("", data.jobId, "jobId"), _lines(data)
    if _whole(data.duplicationType or "", "duplicationType"):
        found = check_measures.twins(principal, data.taskId, data.filePath, scan_id, field="filePath")
    else:
        found = check_measures.duplicates(
            principal, data.taskId, data.filePath, wanted, scan_id, field="filePath"
        )
    return RelatedBlocksResponse(result=blocks_of(found))


@post(
    "/v1/measure/measure-duplication-info",
    **op("show_measure_duplication_info", "Show a file with its sizes and duplicates"),
)
def show_measure_duplication_info(
    principal: NamedDependency[Principal],
    check_measures: NamedDependency[MeasureService],
    data: JSONBody[DuplicationRequest],
) -> DuplicationInfoResponse:
    found = check_measures.duplicates(
        principal,
        data.taskId,
        data.filePath,
        _lines(data),
        scan_of("", data.jobId, "jobId"),
        field="filePath",
    )
    return DuplicationInfoResponse(result=duplication_of(found))


def _whole(word: str, field: str) -> bool:
    return checked_word(word, field, ("", CODE, FILE)) == FILE


def _block(text: str, field: str) -> int:
    if text and not _NUMBER.fullmatch(text):
        raise Invalid(field, f"{text[:SHOWN]!r} is no number of a block")
    return int(text or 0)


def _lines(data: DuplicationRequest) -> Lines:
    """``startLine`` alone is one line."""
    first = check_range(data.startLine or 0, MAX_LINE, "startLine")
    last = check_range(data.endLine or first, MAX_LINE, "endLine")
    return Lines(first=first, last=last, block=_block(data.blockId or "", "blockId"))


ROUTER = check(
    [
        get_measure_list,
        get_measure_list_v2,
        show_folder_measures,
        filter_measure_total,
        show_task_measures,
        show_related_duplicate_blocks,
        list_related_duplicate_blocks,
        show_measure_duplication_info,
    ]
)
