"""The main job, through the unmodified official SDK: create, run, follow, stop, read the history, delete."""

from collections.abc import Iterator
from typing import Any

import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    CreateBuildJobParameter,
    CreateBuildJobRequestBody,
    CreateBuildJobScm,
    CreateBuildJobSteps,
    CreateNewJobRequest,
    DeleteTheJobRequest,
    DownloadBuildLogRequest,
    DownloadRealTimeLogRequest,
    DownloadTaskLogRequest,
    ExecuteJobRequest,
    ListBuildInfoRecordByJobIdRequest,
    ListRecordsRequest,
    ParameterItem,
    RunJobRequestBody,
    ShowBuildRecordFullStagesRequest,
    ShowHistoryDetailsRequest,
    ShowJobConfigRequest,
    ShowRecordDetailRequest,
    ShowRunningStatusRequest,
    StopTheJobRequest,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from tests.support.processes import processes_with
from tests.support.repositories import Repository
from tests.support.server import Api, Server, downloaded, sdk_client
from tests.support.waiting import eventually

SHELL = "devcloud2018.codeci_action_20017.action"


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Any]:
    client = sdk_client(server)
    yield client
    client.get_http_client().close()


def create(client: Any, server: Server, name: str, command: str, repository: Repository | None = None) -> str:
    body = CreateBuildJobRequestBody(
        arch="x86-64",
        project_id=server.credentials["project_id"],
        job_name=name,
        parameters=[
            CreateBuildJobParameter(
                name="hudson.model.StringParameterDefinition",
                params=[
                    {"name": "name", "value": "WHO"},
                    {"name": "type", "value": "normalparam"},
                    {"name": "defaultValue", "value": "world"},
                    {"name": "staticVar", "value": "true"},
                ],
            )
        ],
        scms=[CreateBuildJobScm(url=repository.url, scm_type="codehub", branch="master", build_type="branch")]
        if repository
        else None,
        steps=[
            CreateBuildJobSteps(module_id=SHELL, name="Shell", enable=True, properties={"command": command})
        ],
    )
    return client.create_new_job(CreateNewJobRequest(body=body)).result.job_id


def execute(client: Any, job_id: str, **parameters: str) -> int:
    items = [ParameterItem(name=name, value=value) for name, value in parameters.items()]
    body = RunJobRequestBody(job_id=job_id, parameter=items or None)
    return int(client.execute_job(ExecuteJobRequest(body=body)).actual_build_number)


def finished(client: Any, job_id: str, number: int) -> Any:
    def look() -> Any:
        record = client.show_record_detail(ShowRecordDetailRequest(job_id=job_id, build_no=number)).result
        return record if record.status not in {"QUEUED", "RUNNING", "STOPPING"} else None

    return eventually(look, 60.0, 0.05)


def test_a_task_is_created_run_followed_and_deleted(
    client: Any, server: Server, repository: Repository
) -> None:
    commit = repository.git("rev-parse", "HEAD")
    command = 'cat README\necho "hello $WHO at $COMMIT_ID_SHORTER"\ngit log --oneline | head -1'
    job_id = create(client, server, "main-job", command, repository)
    config = client.show_job_config(ShowJobConfigRequest(job_id=job_id, get_all_params="true")).result
    assert config.job_name == "main-job"

    number = execute(client, job_id, WHO="SDK")
    assert number == 1
    followed, offset = "", 0
    record = None
    while True:
        page = client.download_real_time_log(
            DownloadRealTimeLogRequest(job_id=job_id, build_no=number, offset=offset)
        ).result
        followed, offset = followed + page.content, page.offset
        if record is not None and not page.has_more_data:
            break
        record = client.show_record_detail(ShowRecordDetailRequest(job_id=job_id, build_no=number)).result
        if record.status in {"QUEUED", "RUNNING"}:
            record = None
    assert record.status == "SUCCESS", followed
    assert record.commit == commit
    assert "hello from the repository" in followed
    assert f"hello SDK at {commit[:8]}" in followed

    running = client.show_running_status(ShowRunningStatusRequest(job_id=job_id)).result
    assert (running.is_running, running.last_build_status, running.last_build_no) == (False, "Finished", "1")
    record_id = record.build_record_id
    whole = downloaded(client.download_build_log(DownloadBuildLogRequest(record_id=record_id)))
    assert whole == followed
    stages = client.show_build_record_full_stages(
        ShowBuildRecordFullStagesRequest(record_id=record_id)
    ).result
    assert {key: stage.status for key, stage in stages.build_stages.items()} == dict.fromkeys(
        ["initial", "stage1", "stage2", "final"], "SUCCESS"
    )
    step = downloaded(
        client.download_task_log(DownloadTaskLogRequest(record_id=record_id, task_name="stage2"))
    )
    assert "hello SDK" in step
    assert "onStarted" not in step

    details = client.show_history_details(ShowHistoryDetailsRequest(job_id=job_id, build_number=number))
    assert details.parameters["WHO"] == "SDK"
    listed = client.list_records(ListRecordsRequest(build_project_id=record.build_project_id)).result.data
    assert [one.build_no for one in listed] == ["1"]

    deleted = client.delete_the_job(DeleteTheJobRequest(job_id=job_id)).result
    assert deleted.job_id == job_id
    with pytest.raises(ClientRequestException) as gone:
        client.show_job_config(ShowJobConfigRequest(job_id=job_id))
    assert (gone.value.status_code, gone.value.error_code) == (422, "DEVCB.00031006")


def test_a_running_build_is_stopped_to_the_last_process(client: Any, server: Server) -> None:
    command = "setsid sh -c 'sleep 7717 & sleep 7717' & trap '' TERM; echo started; sleep 7717"
    job_id = create(client, server, "stopped", command)
    number = execute(client, job_id)
    eventually(lambda: len(processes_with("7717")) >= 3, 30.0)
    client.stop_the_job(StopTheJobRequest(job_id=job_id, build_no=number))
    record = finished(client, job_id, number)
    assert record.status == "ABORTED"
    assert processes_with("7717") == []
    with pytest.raises(ClientRequestException) as late:
        client.stop_the_job(StopTheJobRequest(job_id=job_id, build_no=number))
    assert (late.value.status_code, late.value.error_code) == (400, "DEV.CB.032302")


def test_deleting_a_task_stops_its_build(client: Any, server: Server) -> None:
    job_id = create(client, server, "deleted-while-running", "sleep 7718")
    execute(client, job_id)
    eventually(lambda: processes_with("7718"), 30.0)
    client.delete_the_job(DeleteTheJobRequest(job_id=job_id))
    eventually(lambda: not processes_with("7718"), 30.0)


def test_a_failing_step_fails_the_build_and_names_the_exit_code(client: Any, server: Server) -> None:
    job_id = create(client, server, "failing", "echo before\nexit 7\necho after")
    record = finished(client, job_id, execute(client, job_id))
    assert record.status == "FAILURE"
    log = downloaded(client.download_build_log(DownloadBuildLogRequest(record_id=record.build_record_id)))
    assert "before" in log
    assert "after" not in log
    assert "7" in record.err_msg


def test_fifty_runs_requested_at_once_are_numbered_without_gaps(api: Api) -> None:
    from concurrent.futures import ThreadPoolExecutor

    job_id = api.create_task("true", "fifty")
    with ThreadPoolExecutor(16) as threads:
        numbers = list(threads.map(lambda _: int(api.execute(job_id)), range(50)))
    assert sorted(numbers) == list(range(1, 51))
    assert {api.wait(job_id, number)["status"] for number in numbers} == {"SUCCESS"}


def test_build_records_can_be_listed_by_window(client: Any, server: Server, api: Api) -> None:
    job_id = api.create_task("true", "window")
    api.wait(job_id, api.execute(job_id))
    request = ListBuildInfoRecordByJobIdRequest(
        job_id=job_id, start_time="2000-01-01 00:00:00", end_time="2001-01-01 00:00:00"
    )
    with pytest.raises(ClientRequestException) as refused:
        client.list_build_info_record_by_job_id(request)
    assert refused.value.error_code == "CB.00031105"


def test_a_private_parameter_is_masked_everywhere(api: Api) -> None:
    secret = "hunter2-is-the-password"
    parameter = {
        "name": "hudson.model.StringParameterDefinition",
        "params": [
            {"name": "name", "value": "TOKEN"},
            {"name": "type", "value": "normalparam"},
            {"name": "defaultValue", "value": secret},
            {"name": "sensitiveVar", "value": "true"},
            {"name": "staticVar", "value": "true"},
        ],
    }
    command = (
        'echo "token=$TOKEN"\nprintf %s "$TOKEN" | base64\nprintf "%s" "${TOKEN%word}"; sleep 0.3; echo word'
    )
    job_id = api.create_task(command, "masked", parameters=[parameter])
    record = api.wait(job_id, api.execute(job_id))
    assert record["status"] == "SUCCESS"
    log = api.log(record, "DEBUG")
    assert "token=****" in log
    assert secret not in log
    assert "aHVudGVyMi1pcy10aGUtcGFzc3dvcmQ" not in log
    details = api.call("GET", f"/v3/jobs/{job_id}/1/history-details")
    assert details["parameters"]["TOKEN"] == "******"
    assert secret not in str(api.call("GET", f"/v1/job/{job_id}/config?get_all_params=true"))
