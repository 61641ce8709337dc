import itertools
from typing import Any

import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    DownloadBuildLogRequest,
    DownloadBuildRealTimeLogRequest,
    DownloadRealTimeLogRequest,
    DownloadTaskLogRequest,
)

from tests.build.api.test_records import stage
from tests.build.api.test_runs import new_task, record
from tests.build.harness import Server, end_run

LINES = [f"[2026/01/01 00:00:00.000 GMT+08:00] [INFO] line {number}\n" for number in range(2500)]
DEBUG = "[2026/01/01 00:00:00.000 GMT+08:00] [DEBUG] limits of the step\n"


@pytest.fixture
def build(server: Server, workshop: str) -> dict[str, Any]:
    """A running build with 2,500 lines, the last 500 of its second stage, and a DEBUG line before them."""
    job_id = new_task(server, workshop)
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    found = record(server, job_id, 1)
    first = "".join(LINES[:2000])
    server.live.append(str(found["id"]), 0, (first + DEBUG + "".join(LINES[2000:])).encode())
    cut = len(first)
    stages = [
        stage("stage1", "success", 1, 2, log_end=cut),
        stage("stage2", "running", 2, None, log_start=cut),
    ]
    end_run(server.builds.database, str(found["id"]), "RUNNING", stages=stages, finished_at=None)
    return found


def finish(server: Server, build: dict[str, Any]) -> None:
    end_run(server.builds.database, build["id"], "SUCCESS")


def test_pages_of_v1_make_up_the_whole_log(server: Server, build: dict[str, Any]) -> None:
    finish(server, build)
    path = f"/v1/log/{build['codeci_job_id']}/1/real-time-log"
    text, offset = "", "0"
    for _ in itertools.count():
        params = {"start_offset": offset, "end_offset": 0, "sort": "AES", "size": "1000"}
        page = server.http.get(path, params=params).json()["result"]
        assert page["start_offset"] == offset
        assert page["log"].count("\n") <= 1000
        text, offset = text + page["log"], page["end_offset"]
        if not page["has_more"]:
            break
    assert text == "".join(LINES)


def test_more_is_promised_until_the_build_has_finished(server: Server, build: dict[str, Any]) -> None:
    sdk = server.sdk("alice")
    request = DownloadBuildRealTimeLogRequest(
        job_id=build["codeci_job_id"], build_no=1, start_offset=10**8, end_offset=0, size="1000"
    )
    page = sdk.download_build_real_time_log(request).result
    assert (page.has_more, page.log) == (True, "")
    finish(server, build)
    assert sdk.download_build_real_time_log(request).result.has_more is False


def test_descending_pages_begin_with_their_newest_line(server: Server, build: dict[str, Any]) -> None:
    path = f"/v1/log/{build['codeci_job_id']}/1/real-time-log"
    page = server.http.get(path, params={"size": "3", "sort": "DESC"}).json()["result"]
    assert page["log"] == "".join(reversed(LINES[:3]))


def test_an_end_offset_bounds_a_page(server: Server, build: dict[str, Any]) -> None:
    path = f"/v1/log/{build['codeci_job_id']}/1/real-time-log"
    end = len("".join(LINES[:2]))
    page = server.http.get(path, params={"size": "1000", "end_offset": end}).json()["result"]
    assert (page["log"], page["end_offset"]) == ("".join(LINES[:2]), str(end))


def test_pages_of_v3_make_up_the_whole_log(server: Server, build: dict[str, Any]) -> None:
    finish(server, build)
    sdk = server.sdk("alice")
    text, offset = "", 0
    for _ in itertools.count():
        request = DownloadRealTimeLogRequest(
            job_id=build["codeci_job_id"], build_no=1, offset=offset, length=10_000
        )
        page = sdk.download_real_time_log(request).result
        assert page.current_offset == offset
        text, offset = text + page.content, page.offset
        if not page.has_more_data:
            break
    assert text == "".join(LINES)


def test_downloads_are_octet_streams(server: Server, build: dict[str, Any]) -> None:
    answer = server.http.get(f"/v4/{build['build_record_id']}/download-log")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.text == "".join(LINES)
    answer = server.http.get(f"/v4/{build['build_record_id']}/download-log", params={"log_level": "DEBUG"})
    assert DEBUG in answer.text


def test_a_stage_has_its_own_log(server: Server, build: dict[str, Any]) -> None:
    path = f"/v4/{build['build_record_id']}/task-log"
    first = server.http.get(path, params={"task_name": "stage1"})
    assert first.headers["content-type"] == "application/octet-stream"
    assert first.text == "".join(LINES[:2000])
    assert server.http.get(path, params={"task_name": "stage2"}).text == "".join(LINES[2000:])
    unknown = server.http.get(path, params={"task_name": "stage9"})
    assert (unknown.status_code, unknown.json()["error_code"]) == (422, "DEVCB.00031006")
    assert server.http.get(path, params={"task_name": ""}).status_code == 400
    assert server.http.get(path).status_code == 400


def test_the_sdk_downloads_logs(server: Server, build: dict[str, Any]) -> None:
    sdk = server.sdk("alice")
    pieces: list[bytes] = []
    whole = sdk.download_build_log(DownloadBuildLogRequest(record_id=build["build_record_id"]))
    whole.consume_download_stream(lambda piece: pieces.append(piece.content))
    assert b"".join(pieces).decode() == "".join(LINES)
    pieces.clear()
    request = DownloadTaskLogRequest(record_id=build["build_record_id"], task_name="stage1")
    sdk.download_task_log(request).consume_download_stream(lambda piece: pieces.append(piece.content))
    assert b"".join(pieces).decode() == "".join(LINES[:2000])


def test_a_queued_build_has_an_empty_log(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    page = server.http.get(f"/v1/log/{job_id}/1/real-time-log", params={"size": "1000"}).json()["result"]
    assert (page["log"], page["has_more"]) == ("", True)
    found = record(server, job_id, 1)
    assert server.http.get(f"/v4/{found['id']}/download-log").text == ""


def test_log_operations_refuse_what_they_cannot_do(server: Server, build: dict[str, Any]) -> None:
    job_id, record_id = build["codeci_job_id"], build["build_record_id"]
    for path, field in (
        (f"/v1/log/{job_id}/1/real-time-log?size=0", "size"),
        (f"/v1/log/{job_id}/1/real-time-log?size=many", "size"),
        (f"/v1/log/{job_id}/1/real-time-log?size=10&start_offset=-1", "start_offset"),
        (f"/v1/log/{job_id}/1/real-time-log?size=10&sort=UP", "sort"),
        (f"/v3/jobs/{job_id}/1/real-time-log?offset=-1", "offset"),
        (f"/v3/jobs/{job_id}/1/real-time-log?offset=0&length=0", "length"),
        (f"/v4/{record_id}/download-log?log_level=ALL", "log_level"),
        ("/v4/not-a-record/download-log", "record_id"),
    ):
        answer = server.http.get(path)
        assert answer.status_code == 400, path
        assert field in answer.json()["error_msg"]
