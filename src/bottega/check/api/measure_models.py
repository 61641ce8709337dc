"""Sizes and duplicates of files. The documentation names few of these fields; the others are ours in the same style."""

from typing import Any

import msgspec

from bottega.check.api.families import ReportFrame
from bottega.check.api.metric_models import MetricInfo, ShowTaskCmetricsResponse, metrics_of
from bottega.check.catalogue.rules import number_of
from bottega.check.measures.files import MeasuredFile, Totals
from bottega.check.measures.folders import Folder
from bottega.check.measures.service import FileDuplicates
from bottega.check.scanning.plan import Place

# ruff: noqa: N815 - as on the wire


class MeasureListRequest(msgspec.Struct, kw_only=True):
    """``filterType``: comment_ratio (all files), complexitySmall, complexityBig, ratioSmall or ratioBig."""

    taskId: str
    jobId: str | None = None
    filterType: str | None = None
    sortField: str | None = None
    sortType: str | None = None
    search: str | None = None
    page: int = 1
    pageSize: int = 20


class MeasureTotalRequest(msgspec.Struct, kw_only=True):
    taskId: str
    jobId: str | None = None
    search: str | None = None


class MeasureProjectInfo(msgspec.Struct, kw_only=True):
    """A file. Ratios are in percent; ``cyclomaticComplexityFile`` is that of its functions on average."""

    id: int
    filePathId: str
    filePath: str
    language: str
    rawLines: int
    codeLines: int
    commentLines: int
    commentRatio: float
    methodsTotal: int
    cyclomaticComplexityFile: float
    cyclomaticComplexityTotal: int
    maximumCyclomaticComplexity: int
    maximumDepth: int
    codeDuplicationRatio: float
    codeDuplicationLines: int
    codeDuplicationBlocks: int


class MeasureList(msgspec.Struct, kw_only=True):
    total: int
    measureProjectInfos: list[MeasureProjectInfo]


class MeasureListResponse(ReportFrame, kw_only=True):
    result: MeasureList


class MeasureTotal(msgspec.Struct, kw_only=True):
    """Numbers of files; ``commentRatio`` is that of all of them together, in percent."""

    ratioBigTotal: int
    ratioSmallTotal: int
    complexityBigTotal: int
    complexitySmallTotal: int
    commentRatio: float


class MeasureTotalResponse(ReportFrame, kw_only=True):
    result: MeasureTotal


class DuplicatePlace(msgspec.Struct, kw_only=True):
    """Both lines are part of it."""

    filePath: str
    startLine: int
    endLine: int


class RelatedBlock(msgspec.Struct, kw_only=True):
    """A stretch of the file that was asked for, and where the same code is as well."""

    blockId: str
    lines: int
    filePath: str
    startLine: int
    endLine: int
    relatedBlocks: list[DuplicatePlace]


class RelatedBlocksResponse(ReportFrame, kw_only=True):
    """A file that is a duplicate as a whole is one block with an empty ``blockId``."""

    result: list[RelatedBlock]


class DuplicationRequest(msgspec.Struct, kw_only=True):
    """``blockId`` and lines restrict the blocks; ``duplicationType`` is duplication_code or duplication_file."""

    taskId: str
    filePath: str
    jobId: str | None = None
    blockId: str | None = None
    startLine: int | None = None
    endLine: int | None = None
    duplicationType: str | None = None


class DuplicationInfo(MeasureProjectInfo, kw_only=True):
    blocks: list[RelatedBlock]


class DuplicationInfoResponse(ReportFrame, kw_only=True):
    result: DuplicationInfo


class FolderPart(msgspec.Struct, kw_only=True):
    filePath: str
    isLeaf: bool
    metricInfo: MetricInfo


class FolderMeasures(msgspec.Struct, kw_only=True):
    """``metricInfo`` is of all that is below; ``info`` are folders and files directly in it, ``total`` counts them."""

    filePath: str
    metricInfo: MetricInfo
    info: list[FolderPart]
    total: int


class FolderMeasuresResponse(ReportFrame, kw_only=True):
    result: FolderMeasures


class TaskMeasuresResponse(ReportFrame, kw_only=True):
    result: ShowTaskCmetricsResponse


def info_of(file: MeasuredFile) -> MeasureProjectInfo:
    """A file of the list."""
    return MeasureProjectInfo(**_info(file))


def folder_of(found: Folder, offset: int, limit: int) -> FolderMeasures:
    """A folder with some of what lies in it."""
    return FolderMeasures(
        filePath=found.path,
        metricInfo=metrics_of(found.figures),
        info=[
            FolderPart(filePath=part.path, isLeaf=part.leaf, metricInfo=metrics_of(part.figures))
            for part in found.parts[offset : offset + limit]
        ],
        total=len(found.parts),
    )


def total_of(found: Totals) -> MeasureTotal:
    """How many files there are of which kind."""
    return MeasureTotal(
        ratioBigTotal=found.duplicated,
        ratioSmallTotal=found.own,
        complexityBigTotal=found.complex,
        complexitySmallTotal=found.simple,
        commentRatio=round(found.comments, 1),
    )


def duplication_of(found: FileDuplicates) -> DuplicationInfo:
    """A file with its blocks."""
    return DuplicationInfo(**_info(found.file), blocks=blocks_of(found))


def blocks_of(found: FileDuplicates) -> list[RelatedBlock]:
    """Stretches of a file that are elsewhere too; the whole file, if others are the same."""
    shown = [
        RelatedBlock(
            blockId=str(block.number),
            lines=block.lines,
            filePath=block.place.path,
            startLine=block.place.line,
            endLine=block.place.end_line,
            relatedBlocks=[_place(one) for one in block.others],
        )
        for block in found.blocks
    ]
    if found.twins:
        lines = found.file.metrics.lines
        others = [DuplicatePlace(filePath=path, startLine=1, endLine=lines) for path in found.twins]
        shown.append(
            RelatedBlock(
                blockId="",
                lines=lines,
                filePath=found.file.path,
                startLine=1,
                endLine=lines,
                relatedBlocks=others,
            )
        )
    return shown


def _place(place: Place) -> DuplicatePlace:
    return DuplicatePlace(filePath=place.path, startLine=place.line, endLine=place.end_line)


def _info(file: MeasuredFile) -> dict[str, Any]:
    metrics, number = file.metrics, number_of(file.path)
    return {
        "id": number,
        "filePathId": str(number),
        "filePath": file.path,
        "language": file.language,
        "rawLines": metrics.lines,
        "codeLines": metrics.code,
        "commentLines": metrics.comments,
        "commentRatio": round(file.comments, 1),
        "methodsTotal": metrics.functions,
        "cyclomaticComplexityFile": round(file.complexity, 2),
        "cyclomaticComplexityTotal": metrics.complexity,
        "maximumCyclomaticComplexity": metrics.highest_complexity,
        "maximumDepth": metrics.highest_depth,
        "codeDuplicationRatio": round(file.duplication, 1),
        "codeDuplicationLines": metrics.duplicated_lines,
        "codeDuplicationBlocks": metrics.duplicated_blocks,
    }
