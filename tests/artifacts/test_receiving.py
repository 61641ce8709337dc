"""What runs upload: who may, what becomes of it, and what is left of an upload that failed."""

import hashlib
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bottega.agent.runner.transfers import Missing, TransferError
from bottega.artifacts.tables import ArtifactFile
from bottega.build.flows.tables import FlowJob
from bottega.settings import ArtifactSettings, ObjectSettings
from bottega.store.objects import open_objects
from bottega.transfers.tables import StoredObject
from tests.artifacts.making import Build, new_task, stored
from tests.build.harness import Server, build_server, new_callers
from tests.support.buckets import Buckets
from tests.support.databases import seed_project
from tests.support.waiting import eventually


@pytest.fixture
def build(server: Server, workshop: str) -> Build:
    return Build(server, new_task(server, workshop))


def files(server: Server, project_id: str, **where: Any) -> list[dict[str, Any]]:
    answer = server.http.get("/v1/artifacts/files", params={"project_id": project_id, **where})
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]["files"]


def announce(build: Build, size: int = 7, **changes: Any) -> Any:
    body = {"kind": "artifact", "size": size, "details": {"path": "a.jar"}, **changes}
    return build.server.http.post("/agent/uploads", json=body, headers=build.headers)


def age(build: Build, upload_id: str) -> None:
    with build.server.services.database.write() as session:
        session.get_one(StoredObject, upload_id).created_at = 1


def rows(server: Server, table: Any) -> int:
    with server.services.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_file_lies_in_the_version_of_the_builds_number_and_the_package_of_its_task(
    build: Build, workshop: str
) -> None:
    told = build.upload("a.jar", b"content")
    (file,) = files(build.server, workshop)
    digest = hashlib.sha256(b"content").hexdigest()
    assert (told["sha256"], told["size"], told["replaced"]) == (digest, 7, "")
    assert (file["package"], file["version"], file["path"]) == ("shop", build.daily_number, "a.jar")
    assert (file["size"], file["sha256"], file["build_no"]) == (7, digest, 1)
    assert file["uri"].endswith(told["url"])


def test_a_stage_is_told_when_it_replaces_what_another_one_has_left(build: Build) -> None:
    assert build.upload("a.jar", b"one", stage="stage1")["replaced_stage"] == ""
    # Sent again, or made again by the stage itself: nobody has lost anything.
    assert build.upload("a.jar", b"one", stage="stage1").get("replaced_stage", "") == ""
    assert build.upload("a.jar", b"two", stage="stage1")["replaced_stage"] == ""
    told = build.upload("a.jar", b"three", stage="elsewhere")
    assert (told["replaced"], told["replaced_stage"]) == ("", "stage1")
    build.next_attempt()
    assert build.upload("a.jar", b"four", stage="stage1")["replaced_stage"] == ""


def test_large_and_empty_files_arrive_whole(build: Build) -> None:
    large = bytes(range(256)) * 40_000
    for name, content in (("large.bin", large), ("empty.bin", b"")):
        told = build.upload(name, content)
        answer = build.server.http.get(told["url"])
        assert answer.content == content
        assert told["sha256"] == hashlib.sha256(content).hexdigest()


def test_nobody_uploads_without_the_lease_of_a_run_that_goes_on(build: Build, workshop: str) -> None:
    good = build.headers
    for changed in (
        {"X-Bottega-Lease": "f" * 32},
        {"X-Bottega-Attempt": "2"},
        {"X-Bottega-Run": "0" * 36},
        {"X-Bottega-Run": "nonsense\N{LATIN SMALL LETTER E WITH ACUTE}"},
        {"X-Bottega-Lease": ""},
    ):
        headers = {**good, **changed}
        answer = build.server.http.post(
            "/agent/uploads",
            json={"kind": "artifact", "size": 1, "details": {"path": "a"}},
            headers=[(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        )
        assert (answer.status_code, answer.json()["error_code"]) == (403, "CB.00060403")
    build.change(lease_expires_at=1)
    with pytest.raises(TransferError, match="the lease of this run is over"):
        build.upload()
    build.next_attempt()
    build.end()
    with pytest.raises(TransferError, match="the lease of this run is over"):
        build.upload()
    assert files(build.server, workshop) == []


def test_a_lease_that_ends_during_the_upload_leaves_nothing(build: Build, workshop: str) -> None:
    upload_id = announce(build).json()["upload_id"]
    old = build.headers

    def body() -> Any:
        yield b"con"
        build.next_attempt()
        yield b"tent"

    answer = build.server.http.put(
        f"/agent/uploads/{upload_id}", content=body(), headers={**old, "Content-Length": "7"}
    )
    assert answer.status_code == 403
    build.server.services.transfers.sweeper.sweep()
    assert files(build.server, workshop) == []
    assert [path for path in stored(build.server) if upload_id in path.name] == []


def test_another_run_cannot_send_what_was_announced_nor_can_it_be_sent_twice(
    build: Build, workshop: str
) -> None:
    upload_id = announce(build).json()["upload_id"]
    other = Build(build.server, new_task(build.server, workshop, "other"))
    path = f"/agent/uploads/{upload_id}"
    assert build.server.http.put(path, content=b"content", headers=other.headers).status_code == 422
    assert build.server.http.put(path, content=b"content", headers=build.headers).status_code == 200
    assert build.server.http.put(path, content=b"content", headers=build.headers).status_code == 422
    assert build.server.http.put("/agent/uploads/x", content=b"", headers=build.headers).status_code == 422


@pytest.mark.parametrize("content", [b"conten", b"content!"])
def test_other_bytes_than_announced_are_refused_and_leave_nothing(
    build: Build, workshop: str, content: bytes
) -> None:
    upload_id = announce(build).json()["upload_id"]
    answer = build.server.http.put(f"/agent/uploads/{upload_id}", content=content, headers=build.headers)
    assert answer.status_code == 400
    assert "7 bytes were announced" in answer.json()["error_msg"]
    build.server.services.transfers.sweeper.sweep()
    assert files(build.server, workshop) == []
    assert [path for path in stored(build.server) if upload_id in path.name] == []


def test_an_upload_that_is_cut_off_leaves_nothing(build: Build, workshop: str) -> None:
    size = 30 * 1024 * 1024
    upload_id = announce(build, size).json()["upload_id"]
    host, port = build.server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as raw:
        head = "".join(f"{name}: {value}\r\n" for name, value in build.headers.items())
        raw.sendall(
            f"PUT /agent/uploads/{upload_id} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n{head}\r\n".encode()
        )
        raw.sendall(b"x" * (size // 2))

    def doomed() -> bool:
        with build.server.services.database.read() as session:
            return session.get_one(StoredObject, upload_id).doomed

    eventually(doomed)
    build.server.services.transfers.sweeper.sweep()
    assert [path for path in stored(build.server) if upload_id in path.name] == []
    assert files(build.server, workshop) == []


def test_what_was_begun_long_ago_is_given_up(build: Build) -> None:
    upload_id = announce(build).json()["upload_id"]
    age(build, upload_id)
    assert build.server.services.transfers.sweeper.sweep() >= 1
    answer = build.server.http.put(f"/agent/uploads/{upload_id}", content=b"content", headers=build.headers)
    assert answer.status_code == 422


def test_an_upload_that_goes_on_when_it_was_given_up_leaves_nothing(tmp_path: Path, buckets: Buckets) -> None:
    bucket = buckets.new()
    with build_server(tmp_path, objects=ObjectSettings(url=bucket.url, options=bucket.options)) as server:
        new_callers(server)
        project = seed_project(server.services.database, server.callers["alice"])
        build = Build(server, new_task(server, project))
        upload_id = announce(build).json()["upload_id"]
        sweeper = server.services.transfers.sweeper
        objects = open_objects(bucket.url, tmp_path, bucket.options)

        def begun() -> bool:
            with server.services.database.read() as session:
                return session.get_one(StoredObject, upload_id).receiving

        def body() -> Any:
            yield b"con"
            eventually(begun)
            age(build, upload_id)
            sweeper.sweep()
            yield b"tent"

        headers = {**build.headers, "Content-Length": "7"}
        answer = server.http.put(f"/agent/uploads/{upload_id}", content=body(), headers=headers)
        assert answer.status_code == 422, answer.text
        # Its bytes are there, and a row that names them.
        assert objects.list("artifacts") != []
        assert sweeper.sweep() == 1
        assert objects.list("artifacts") == []


def test_an_upload_that_takes_longer_than_a_day_is_broken_off(build: Build) -> None:
    upload_id = announce(build).json()["upload_id"]
    age(build, upload_id)
    answer = build.server.http.put(f"/agent/uploads/{upload_id}", content=b"content", headers=build.headers)
    assert (answer.status_code, "longer than a day" in answer.text) == (400, True)
    build.server.services.transfers.sweeper.sweep()
    assert [path for path in stored(build.server) if upload_id in path.name] == []


def test_the_same_file_sent_again_is_the_same_row(build: Build, workshop: str) -> None:
    first = build.upload()
    build.next_attempt()
    assert build.upload() == first
    assert len(files(build.server, workshop)) == 1
    build.server.services.transfers.sweeper.sweep()
    assert len([path for path in stored(build.server) if path.read_bytes() == b"content"]) >= 1
    assert build.server.http.get(first["url"]).content == b"content"


def test_a_build_replaces_its_own_file_and_the_old_object_goes(build: Build, workshop: str) -> None:
    old = build.upload(content=b"old content of this test")
    new = build.upload(content=b"new")
    assert old["file_id"] != new["file_id"]
    assert [file["size"] for file in files(build.server, workshop)] == [3]
    build.server.services.transfers.sweeper.sweep()
    assert b"old content of this test" not in [path.read_bytes() for path in stored(build.server)]


def test_another_builds_file_is_replaced_only_on_request_and_never_silently(
    build: Build, workshop: str
) -> None:
    build.upload(version="1.0")
    later = Build(build.server, build.task_id)
    with pytest.raises(TransferError, match=r"a\.jar is in version 1\.0 .* already, from build 1"):
        later.upload(version="1.0", content=b"other")
    told = later.upload(version="1.0", content=b"other", overwrite=True)
    assert told["replaced"] == "1"
    assert [file["build_no"] for file in files(build.server, workshop)] == [2]


def test_what_jobs_of_a_build_flow_upload_is_their_tasks_and_in_the_output_of_the_flow(
    build: Build, workshop: str
) -> None:
    job = Build(build.server, build.task_id)
    job.change(kind="job", task_id=None, parent_run_id=build.run_id, number=build.number, job="Server")
    job.upload("job.jar")
    build.upload("flow.jar", version="1.0")
    Build(build.server, build.task_id).upload("job.jar", version=job.daily_number, overwrite=True)
    job.upload("again.jar")
    with build.server.caller("alice") as http:
        found = http.get(f"/v1/job/{build.task_id}/{build.number}/output").json()["result"]
        assert set(found["package_infos"]) == {"flow.jar", "again.jar"}
        files = http.get("/v1/artifacts/files", params={"project_id": workshop}).json()["result"]["files"]
    assert {one["job_id"] for one in files} == {build.task_id}
    rerun = Build(build.server, build.task_id)
    with build.server.services.database.write() as session:
        values = {"position": 1, "name": "Server", "depends_on": [], "planned": {}}
        session.add(FlowJob(flow_id=rerun.run_id, run_id=job.run_id, **values))
    with build.server.caller("alice") as http:
        found = http.get(f"/v1/job/{build.task_id}/{rerun.number}/output").json()["result"]
    assert set(found["package_infos"]) == {"again.jar"}


def test_a_version_belongs_to_one_task(build: Build, workshop: str) -> None:
    build.upload(version="1.0")
    other = Build(build.server, new_task(build.server, workshop, "other"))
    with pytest.raises(TransferError, match="belongs to the build task shop"):
        other.upload(version="1.0", package="shop", path="b.jar")
    assert other.upload(version="2.0", package="shop")["replaced"] == ""


@pytest.mark.parametrize(
    "details",
    [
        {"path": "../a"},
        {"path": "/a"},
        {"path": "a//b"},
        {"path": "a/./b"},
        {"path": ""},
        {"path": "a\nb"},
        {"path": "a\\b"},
        {"path": "a\0b"},
        {"path": "x" * 601},
        {"path": 7},
        {"package": "a/b"},
        {"package": ".."},
        {"version": "\u202e1"},
        {"version": ["1"]},
    ],
)
def test_names_that_could_mean_something_else_are_refused(build: Build, details: dict[str, Any]) -> None:
    before = rows(build.server, StoredObject)
    answer = announce(build, details={"path": "a.jar", **details})
    assert answer.status_code == 400, answer.text
    assert rows(build.server, StoredObject) == before


@pytest.mark.parametrize(
    "body", [{"kind": "x", "size": 1}, {"kind": "artifact", "size": -1}, {"kind": "artifact", "size": 2**60}]
)
def test_impossible_announcements_are_refused(build: Build, body: dict[str, Any]) -> None:
    answer = build.server.http.post(
        "/agent/uploads", content=json.dumps({"details": {"path": "a"}, **body}), headers=build.headers
    )
    assert answer.status_code == 400


def test_sizes_are_bounded_by_file_by_build_and_by_account(tmp_path: Path) -> None:
    limits = ArtifactSettings(file_bytes=10, run_bytes=15, tenant_bytes=20)
    with build_server(tmp_path, artifacts=limits) as server:
        new_callers(server)
        project = seed_project(server.services.database, server.callers["alice"])
        task = new_task(server, project)
        first = Build(server, task)
        with pytest.raises(TransferError, match="has 11 bytes, 10 are allowed"):
            first.upload("a", b"x" * 11)
        first.upload("a", b"x" * 10)
        with pytest.raises(TransferError, match="of one build may have 15 bytes together"):
            first.upload("b", b"x" * 6)
        second = Build(server, task)
        answer = second.server.http.post(
            "/agent/uploads",
            json={"kind": "artifact", "size": 10, "details": {"path": "c"}},
            headers=second.headers,
        )
        assert answer.status_code == 200
        second.upload("b", b"x" * 10)
        third = Build(server, task)
        answer = announce(third, 1)
        assert (answer.status_code, answer.json()["error_code"]) == (503, "CB.00060100")
        assert rows(server, ArtifactFile) == 2


def test_a_full_disk_is_said_before_anything_is_sent(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build.server.services.runs, "refusal", lambda: "the disk is nearly full")
    answer = announce(build)
    assert (answer.status_code, answer.json()["error_msg"]) == (503, "the disk is nearly full")


def test_a_run_cannot_announce_without_end(build: Build) -> None:
    answers = [announce(build, details={"path": f"{number}"}).status_code for number in range(65)]
    assert answers == [200] * 64 + [503]


def test_what_is_not_there_is_told_as_missing(build: Build) -> None:
    with pytest.raises(Missing):
        build.transfers().download("nothing", {})
