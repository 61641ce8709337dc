"""Whole logs and logs of stages, as text and as zip, in every family."""

import io
import zipfile
from collections.abc import Iterator

import pytest
from huaweicloudsdkcodeartsbuild.v3 import DownloadBuildFullLogRequest, DownloadLogByRecordIdRequest

from bottega.http.downloads import streamed
from tests.build.harness import Server
from tests.build.logs.logged import LoggedBuild, line

FIRST = line("INFO", "first") + line("DEBUG", "hidden") + line("WARN", "界")
SECOND = "".join(line("INFO", f"line {number}") for number in range(3000))


@pytest.fixture
def build(logged: LoggedBuild) -> LoggedBuild:
    logged.write(FIRST, SECOND)
    return logged


def without_debug(text: str) -> str:
    return text.replace(line("DEBUG", "hidden"), "")


def unzipped(content: bytes) -> tuple[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (name,) = archive.namelist()
        return name, archive.read(name).decode()


def test_each_family_downloads_the_same_log(server: Server, build: LoggedBuild) -> None:
    for path in ("/v1/log/{}/download-log", "/v3/{}/download-log", "/v4/{}/download-log"):
        for level, expected in (("INFO", without_debug(FIRST + SECOND)), ("DEBUG", FIRST + SECOND)):
            answer = server.http.get(path.format(build.record_id), params={"log_level": level})
            assert answer.headers["content-type"] == "application/octet-stream"
            assert 'filename="1-build.log"' in answer.headers["content-disposition"]
            assert answer.text == expected


def test_a_log_is_packed_when_that_is_wanted(server: Server, build: LoggedBuild) -> None:
    for path in ("/v1/log/{}/download-log", "/v3/{}/download-log"):
        answer = server.http.get(path.format(build.record_id), params={"compress": "true"})
        assert answer.headers["content-type"] == "application/octet-stream"
        assert 'filename="1-build.log.zip"' in answer.headers["content-disposition"]
        assert unzipped(answer.content) == ("1-build.log", without_debug(FIRST + SECOND))


def test_the_log_of_a_stage_comes_as_text_or_packed(server: Server, build: LoggedBuild) -> None:
    path = f"/v1/log/{build.record_id}/task-log"
    query = {"task_name": "initial", "log_level": "DEBUG"}
    assert server.http.get(path, params=query).text == FIRST
    packed = server.http.get(path, params={**query, "compress": "true"}).content
    assert unzipped(packed) == ("1-initial.log", FIRST)
    same = server.http.get(f"/v4/{build.record_id}/task-log", params={"task_name": "stage1"}).text
    assert server.http.get(path, params={"task_name": "stage1"}).text == same == SECOND


def test_an_empty_log_packs_into_an_archive_with_an_empty_file(server: Server, logged: LoggedBuild) -> None:
    path = f"/v1/log/{logged.record_id}/download-log"
    assert unzipped(server.http.get(path, params={"compress": "true"}).content) == ("1-build.log", "")


def test_the_sdk_downloads_logs(server: Server, build: LoggedBuild) -> None:
    sdk = server.sdk("alice")
    pieces: list[bytes] = []
    whole = sdk.download_build_full_log(DownloadBuildFullLogRequest(record_id=build.record_id))
    whole.consume_download_stream(lambda piece: pieces.append(piece.content))
    assert b"".join(pieces).decode() == without_debug(FIRST + SECOND)
    pieces.clear()
    request = DownloadBuildFullLogRequest(record_id=build.record_id, log_level="DEBUG", compress=True)
    sdk.download_build_full_log(request).consume_download_stream(lambda piece: pieces.append(piece.content))
    assert unzipped(b"".join(pieces))[1] == FIRST + SECOND
    pieces.clear()
    old = sdk.download_log_by_record_id(DownloadLogByRecordIdRequest(record_id=build.record_id))
    old.consume_download_stream(lambda piece: pieces.append(piece.content))
    assert b"".join(pieces).decode() == without_debug(FIRST + SECOND)


def test_refusals_have_the_codes_of_their_family(server: Server, build: LoggedBuild) -> None:
    for path, code in (
        ("/v1/log/{}/download-log", "DEVCB.00031006"),
        ("/v3/{}/download-log", "CB.00031006"),
        ("/v1/log/{}/task-log?task_name=stage1", "DEVCB.00031006"),
    ):
        unknown = server.http.get(path.format("0" * 8 + "-0000-0000-0000-" + "0" * 12))
        assert (unknown.status_code, unknown.json()["error_code"]) == (422, code)
        assert server.http.get(path.format("nonsense")).status_code == 400
        joint = "&" if "?" in path else "?"
        for wrong in ("log_level=ALL", "compress=perhaps"):
            assert server.http.get(path.format(build.record_id) + joint + wrong).status_code == 400
    path = f"/v1/log/{build.record_id}/task-log"
    for name, status in (("stage9", 422), ("", 400), ("x" * 1001, 400)):
        assert server.http.get(path, params={"task_name": name}).status_code == status


def test_a_deleted_log_is_refused_before_anything_is_sent(server: Server, build: LoggedBuild) -> None:
    build.server.live.remove(build.record_id)
    answer = server.http.get(f"/v1/log/{build.record_id}/download-log", params={"compress": "true"})
    assert answer.status_code == 503


def test_a_file_that_cannot_be_read_to_its_end_does_not_look_like_a_whole_one() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"first"
        raise ValueError("no more of it can be read")

    sent = iter(streamed("build.log", pieces()).iterator)  # type: ignore[arg-type]
    assert next(sent) == b"first"
    with pytest.raises(RuntimeError):
        next(sent)
