"""Every field of the SDK's response models is on the wire, at every depth, for a task with a finished build."""

import re
from typing import Any, cast

import huaweicloudsdkcodeartsbuild.v3 as sdk

from tests.build.api.test_records import built_task, window
from tests.build.harness import Server

READS = [
    ("ShowJobConfigResponse", "/v1/job/{job}/config"),
    ("ListJobConfigResponse", "/v3/jobs/{job}/query"),
    ("ShowRunningStatusResponse", "/v1/job/{job}/running-status"),
    ("ShowJobStepStatusResponse", "/v1/job/{job}/status"),
    ("ShowJobStatusResponse", "/v3/jobs/{job}/status"),
    ("ShowJobInfoResponse", "/v1/job/{job}/info"),
    ("ListJobResponse", "/v1/job/list"),
    ("ListProjectJobsResponse", "/v1/job/{project}/list?page_index=0&page_size=10"),
    ("ShowJobListByProjectIdResponse", "/v3/{project}/jobs?page_index=0&page_size=10"),
    ("ListGroupTreeResponse", "/v1/job/{project}/group/tree"),
    ("ShowBuildParamsListResponse", "/v1/job/build-params"),
    ("ShowDefaultBuildParametersResponse", "/v1/job/default-parameters"),
    ("ShowJobSystemParametersResponse", "/v1/job/system-parameters"),
    ("ListRecordsResponse", "/v1/record/{build_project}/records"),
    ("ShowBuildRecordResponse", "/v1/record/{record}/info"),
    ("ShowBuildRecordFullStagesResponse", "/v1/record/{record}/full-stages"),
    ("ListBuildInfoRecordByJobIdResponse", "/v1/record/{job}/list?start_time={start}&end_time={end}"),
    ("ShowJobBuildSuccessRatioResponse", "/v1/report/ratio?job_id={job}&repository_name=shop&interval=7"),
    ("ShowJobBuildTimeResponse", "/v1/report/time?job_id={job}&repository_name=shop&interval=7"),
    ("ListRepoBranchResponse", "/v1/report/branches?job_id={job}&repository_name=shop"),
    ("ListRepositoryResponse", "/v1/report/{job}/repositories"),
    ("ShowReportSummaryResponse", "/v1/report/{job}/summary?build_no=1"),
    ("ListJunitCoverageSummaryResponse", "/v1/report/junit/coverage/list?job_id={job}&build_no=1"),
    ("ShowJobSuccessRatioResponse", "/v3/jobs/{job}/success-ratio?start_time={day}&end_time={day}"),
    ("ShowRecordDetailResponse", "/v4/jobs/{job}/1/record-info"),
    ("ShowJobBuildRecordDetailResponse", "/v1/record/{job}/1/record-info"),
    ("ShowBuildInfoRecordResponse", "/v1/record/{job}/1/build-info-record"),
    ("ShowBuildDetailsResponse", "/v1/job/{job}/1/build-info"),
    ("ListBuildParameterResponse", "/v1/job/{job}/1/history-parameters"),
    ("ShowOutputInfoResponse", "/v3/jobs/{job}/1/output-info"),
    ("ShowOutputInfoResponse", "/v1/job/{job}/1/output"),
    ("ShowBuildRecordBuildScriptResponse", "/v1/record/{record}/build-script"),
    ("ShowBuildRecordFlowGraphResponse", "/v1/record/{record}/flow-graph"),
    ("ShowFlowGraphResponse", "/v3/{record}/flow-graph"),
    ("ShowJobTotalResponse", "/v1/record/{build_project}/statistics"),
    ("ListBuildInfoRecordResponse", "/v3/jobs/{job}/build-info-records?start_time={start}&end_time={end}"),
    ("ShowListHistoryResponse", "/v3/jobs/{job}/history?offset=0&limit=10&interval=7"),
    ("ShowListPeriodHistoryResponse", "/v3/jobs/{job}/period-history?start_time={day}&end_time={day}"),
    ("ShowHistoryDetailsResponse", "/v3/jobs/{job}/1/history-details"),
    ("DownloadBuildRealTimeLogResponse", "/v1/log/{job}/1/real-time-log?size=1000"),
    ("ShowActionIInfoResponse", "/v1/log/stage/page?job_id={job}&build_no=1&start_offset=0&end_offset=0"),
    ("DownloadRealTimeLogResponse", "/v3/jobs/{job}/1/real-time-log?offset=0"),
]


def missing(kind: str, value: Any, path: str = "") -> list[str]:
    """Fields of the SDK type ``kind`` that ``value`` lacks, and values that its deserialiser could not take."""
    if value is None or kind == "object":
        return []
    if found := re.fullmatch(r"list\[(.*)\]", kind):
        assert isinstance(value, list), path
        return [name for item in cast("list[Any]", value) for name in missing(found[1], item, f"{path}[]")]
    if found := re.fullmatch(r"dict\(str, (.*)\)", kind):
        assert isinstance(value, dict), path
        items = cast("dict[str, Any]", value).items()
        return [name for key, item in items for name in missing(found[1], item, f"{path}.{key}")]
    if kind in {"str", "int", "float", "bool"}:
        fits = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}[kind]
        right = isinstance(value, fits) and (kind == "bool" or not isinstance(value, bool))
        return [] if right else [f"{path} is {value!r}, not {kind}"]
    model = getattr(sdk, kind)
    lacking: list[str] = []
    for name, wire in model.attribute_map.items():
        if wire not in value:
            lacking.append(f"{path}.{wire} is missing")
        else:
            lacking += missing(model.openapi_types[name], value[wire], f"{path}.{wire}")
    return lacking


def test_responses_have_all_fields_in_the_right_types(server: Server, workshop: str) -> None:
    job_id, found = built_task(server, workshop)
    assert server.http.post(f"/v1/job/{workshop}/group/create", json={"name": "x"}).status_code == 200
    bounds = window()
    lacking: dict[str, list[str]] = {}
    for model, template in READS:
        path = template.format(
            job=job_id,
            project=workshop,
            record=found["build_record_id"],
            build_project=found["build_project_id"],
            start=bounds["start_time"],
            end=bounds["end_time"],
            day=bounds["start_time"][:10],
        )
        answer = server.http.get(path)
        assert answer.status_code == 200, path
        lacking[model] = missing(model, answer.json())
    assert {model: fields for model, fields in lacking.items() if fields} == {}
