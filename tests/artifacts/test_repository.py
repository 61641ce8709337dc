"""The release repository by HTTP: lists, downloads, deletion, rights and retention."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from bottega.artifacts.housekeeping import ArtifactHousekeeping
from bottega.artifacts.receiving import ArtifactReceiver, Details
from bottega.artifacts.tables import ArtifactFile, PackageVersion
from bottega.http.ranges import Unsatisfiable, wanted
from bottega.iam.principal import Right
from bottega.runs.service import RunService
from bottega.settings import ArtifactSettings, RunSettings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from bottega.transfers.service import Received
from tests.artifacts.making import Build, new_task, stored
from tests.build.harness import Server, build_server, new_callers
from tests.build.permissions.people import colleague
from tests.support.buckets import Buckets
from tests.support.databases import seed_project, seed_tenant
from tests.support.runs import new_run, submit
from tests.support.waiting import eventually

TEXT = b"0123456789"


@pytest.fixture
def build(server: Server, workshop: str) -> Build:
    return Build(server, new_task(server, workshop))


def listed(server: Server, kind: str, project_id: str, **where: Any) -> dict[str, Any]:
    answer = server.http.get(f"/v1/artifacts/{kind}", params={"project_id": project_id, **where})
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def test_packages_versions_and_files_are_listed_by_page(build: Build, workshop: str) -> None:
    for version in ("1.0", "1.1"):
        build.upload("a.jar", version=version, package="core")
        build.upload("docs/b.txt", b"xx", version=version, package="core")
    build.upload("c.zip", package="extra")
    packages = listed(build.server, "packages", workshop)
    assert packages["total"] == 2
    assert [(one["name"], one["versions"], one["newest_version"]) for one in packages["packages"]] == [
        ("core", 2, "1.1"),
        ("extra", 1, build.daily_number),
    ]
    assert [one["name"] for one in listed(build.server, "packages", workshop, search="xt")["packages"]] == [
        "extra"
    ]
    versions = listed(build.server, "versions", workshop, package="core")
    assert [(one["version"], one["files"], one["size"]) for one in versions["versions"]] == [
        ("1.1", 2, 9),
        ("1.0", 2, 9),
    ]
    page = listed(build.server, "files", workshop, package="core", version="1.0", page_size=1, page_index=1)
    assert (page["total"], [one["path"] for one in page["files"]]) == (2, ["docs/b.txt"])
    assert listed(build.server, "files", workshop, record_id=build.run_id)["total"] == 5
    assert listed(build.server, "files", workshop, record_id="x")["total"] == 0


def test_one_file_is_shown_as_it_is_listed(build: Build, workshop: str) -> None:
    told = build.upload()
    (row,) = listed(build.server, "files", workshop)["files"]
    assert build.server.http.get(f"/v1/artifacts/files/{told['file_id']}").json()["result"] == row


def test_a_download_is_saved_and_never_shown(build: Build) -> None:
    told = build.upload("a/\u4e2d.html", TEXT)
    answer = build.server.http.get(told["url"])
    assert answer.content == TEXT
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith('attachment; filename="_.html"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-length"] == "10"
    assert answer.headers["accept-ranges"] == "bytes"
    head = build.server.http.head(told["url"])
    assert (head.status_code, head.content) == (200, b"")
    same = ("content-length", "content-type", "etag", "content-disposition")
    assert [head.headers[name] for name in same] == [answer.headers[name] for name in same]


@pytest.mark.parametrize(
    ("asked", "status", "content", "told"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=5-99", 206, b"56789", "bytes 5-9/10"),
        ("bytes=0-1,3-4", 200, TEXT, None),
        ("lines=1-2", 200, TEXT, None),
        ("bytes=4-2", 200, TEXT, None),
        ("bytes=10-", 416, None, "bytes */10"),
        ("bytes=-0", 416, None, "bytes */10"),
    ],
)
def test_parts_of_a_file(
    build: Build, asked: str, status: int, content: bytes | None, told: str | None
) -> None:
    url = build.upload(content=TEXT)["url"]
    answer = build.server.http.get(url, headers={"Range": asked})
    assert (answer.status_code, answer.headers.get("content-range")) == (status, told)
    if content is None:
        assert answer.json()["error_msg"] == "Range: the file has 10 bytes"
    else:
        assert answer.content == content


def test_a_part_of_another_content_is_not_given_and_the_same_content_not_again(build: Build) -> None:
    file = build.upload(content=TEXT)
    tag = f'"{file["sha256"]}"'
    get = build.server.http.get
    assert get(file["url"], headers={"Range": "bytes=1-2", "If-Range": tag}).status_code == 206
    assert get(file["url"], headers={"Range": "bytes=1-2", "If-Range": '"other"'}).content == TEXT
    for known in (tag, f'"x", W/{tag}', "*"):
        answer = get(file["url"], headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
    assert get(file["url"], headers={"If-None-Match": '"x"'}).status_code == 200


@given(
    header=st.text(max_size=30) | st.from_regex(r"bytes=\d{0,3}-\d{0,3}", fullmatch=True),
    size=st.integers(0, 500),
)
def test_every_range_is_inside_the_file(header: str, size: int) -> None:
    try:
        found = wanted(header, size)
    except Unsatisfiable:
        return
    if found is not None:
        start, end = found
        assert 0 <= start < end <= size


def test_files_of_several_pieces_come_whole_and_in_parts(build: Build) -> None:
    content = bytes(range(251)) * 15_000
    url = build.upload("big", content)["url"]
    assert build.server.http.get(url).content == content
    answer = build.server.http.get(url, headers={"Range": "bytes=1048570-3000000"})
    assert answer.content == content[1048570:3000001]


def test_a_deleted_version_is_gone_with_its_objects(build: Build, workshop: str) -> None:
    told = build.upload(content=b"to be deleted, nothing else is like it")
    (version,) = listed(build.server, "versions", workshop)["versions"]
    path = f"/v1/artifacts/versions/{version['id']}"
    assert build.server.http.delete(path).json() == {"result": True, "error": None, "status": "success"}
    assert build.server.http.delete(path).status_code == 422
    assert build.server.http.get(told["url"]).status_code == 422
    build.server.services.transfers.sweeper.sweep()
    assert not [one for one in stored(build.server) if b"nothing else is like it" in one.read_bytes()]


def test_another_tenant_sees_nothing(build: Build, workshop: str) -> None:
    told = build.upload()
    (version,) = listed(build.server, "versions", workshop)["versions"]
    with build.server.caller("bob") as bob:
        for path in (told["url"], f"/v1/artifacts/files/{told['file_id']}"):
            assert bob.get(path).status_code == 422
        assert bob.delete(f"/v1/artifacts/versions/{version['id']}").status_code == 422
        for kind in ("packages", "versions", "files"):
            answer = bob.get(f"/v1/artifacts/{kind}", params={"project_id": workshop})
            assert answer.status_code == 422


def test_the_rights_on_the_task_decide(build: Build, workshop: str) -> None:
    import msgspec

    told = build.upload()
    (version,) = listed(build.server, "versions", workshop)["versions"]
    alice = build.server.callers["alice"]
    build.server.callers["viewer"] = msgspec.structs.replace(
        alice, user_id="0" * 32, user_name="viewer", rights=frozenset({Right.VIEW})
    )
    build.server.callers["nobody"] = msgspec.structs.replace(
        alice, user_id="1" * 32, user_name="nobody", rights=frozenset()
    )
    with build.server.caller("viewer") as viewer, build.server.caller("nobody") as nobody:
        assert viewer.get(told["url"]).status_code == 200
        assert viewer.delete(f"/v1/artifacts/versions/{version['id']}").status_code == 403
        assert nobody.get(told["url"]).status_code == 403
        rows = nobody.get("/v1/artifacts/files", params={"project_id": workshop}).json()["result"]
        assert rows == {"total": 0, "files": []}


def test_artifacts_outlive_their_task_and_go_with_their_project(build: Build, workshop: str) -> None:
    told = build.upload()
    build.end()
    http = build.server.http
    assert http.delete(f"/v1/job/{build.task_id}/delete").status_code == 200
    assert http.get(told["url"]).status_code == 200
    answer = http.request("DELETE", "/v1/job/recycling-deletion", json={"job_ids": [build.task_id]})
    assert answer.status_code == 200, answer.text
    assert http.get(told["url"]).status_code == 200
    assert listed(build.server, "files", workshop)["total"] == 1
    assert http.delete(f"/v4/projects/{workshop}").status_code == 204
    assert http.get(told["url"]).status_code == 422


def test_what_is_left_of_a_purged_task_is_for_who_may_view_its_project(build: Build, workshop: str) -> None:
    told = build.upload()
    build.end()
    server, http = build.server, build.server.http
    assert http.delete(f"/v1/job/{build.task_id}/delete").status_code == 200
    answer = http.request("DELETE", "/v1/job/recycling-deletion", json={"job_ids": [build.task_id]})
    assert answer.status_code == 200, answer.text
    for name, rights, count, status in (
        ("viewer", frozenset({Right.VIEW}), 1, 200),
        ("runner", frozenset({Right.EXECUTE}), 0, 403),
    ):
        alice = server.callers["alice"]
        user = colleague(server.services.database, alice, name, rights)
        server.callers[name] = user
        with server.caller(name) as caller:
            for kind in ("packages", "versions", "files"):
                found = caller.get(f"/v1/artifacts/{kind}", params={"project_id": workshop}).json()
                assert found["result"]["total"] == count, (name, kind)
            assert caller.get(told["url"]).status_code == status


def test_old_and_surplus_versions_go(build: Build, workshop: str) -> None:
    database = build.server.services.database
    for number, version in enumerate(("1", "2", "3")):
        build.upload(version=version)
        with database.write() as session:
            change = update(PackageVersion).where(
                PackageVersion.project_id == workshop, PackageVersion.version == version
            )
            session.execute(change.values(changed_at=1000 + number))
    ArtifactHousekeeping(database, 0, 0).tidy()
    assert listed(build.server, "versions", workshop)["total"] == 3
    ArtifactHousekeeping(database, 0, 2).tidy()
    assert [one["version"] for one in listed(build.server, "versions", workshop)["versions"]] == ["3", "2"]
    build.upload(version="new")
    ArtifactHousekeeping(database, 30, 0).tidy()
    assert [one["version"] for one in listed(build.server, "versions", workshop)["versions"]] == ["new"]


def test_a_file_that_comes_while_its_old_version_is_being_deleted_is_kept(database: Database) -> None:
    caller = seed_tenant(database)
    run = submit(RunService(database, SecretBox(b"k" * 32), RunSettings()), database, new_run(caller))
    receiver = ArtifactReceiver(database, ArtifactSettings())

    def keep(session: Session, name: str) -> None:
        given = Details(package="core", version="1", path=name, stage="", overwrite=False)
        received = Received(key=f"artifacts/{name}", size=1, sha256="0" * 64)
        receiver.keep(session, run, msgspec.structs.asdict(given), received)
        session.flush()

    with database.write() as session:
        keep(session, "old")
    with database.write() as session:
        session.execute(update(PackageVersion).values(changed_at=1000))
    with ThreadPoolExecutor(1) as thread:
        with database.write() as session:
            keep(session, "new")
            tidied = thread.submit(ArtifactHousekeeping(database, 30, 0).tidy)
            if not database.is_sqlite:
                blocked = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
                eventually(lambda: session.scalar(blocked))
        assert tidied.result() == 0
    with database.read() as session:
        assert set(session.scalars(select(ArtifactFile.path))) == {"old", "new"}


def test_outputs_name_files_by_path_and_clashes_by_version(build: Build) -> None:
    build.upload("a.jar", version="1")
    build.upload("a.jar", version="2")
    result = build.server.http.get(f"/v1/job/{build.task_id}/1/output").json()["result"]
    assert set(result["package_infos"]) == {"a.jar", "shop/2/a.jar"}
    assert result["package_info"]["version"] == "1"


def test_all_of_it_works_in_a_bucket(tmp_path: Path, buckets: Buckets) -> None:
    from bottega.settings import ObjectSettings

    bucket = buckets.new()
    with build_server(tmp_path, objects=ObjectSettings(url=bucket.url, options=bucket.options)) as server:
        new_callers(server)
        project = seed_project(server.services.database, server.callers["alice"])
        build = Build(server, new_task(server, project))
        content = bytes(range(256)) * 40_000
        told = build.upload("large.bin", content)
        assert server.http.get(told["url"]).content == content
        build.upload("empty.bin", b"")
        upload_id = server.http.post(
            "/agent/uploads",
            json={"kind": "artifact", "size": 5, "details": {"path": "a"}},
            headers=build.headers,
        ).json()["upload_id"]
        short = server.http.put(f"/agent/uploads/{upload_id}", content=b"abc", headers=build.headers)
        assert short.status_code == 400
        (version,) = listed(server, "versions", project)["versions"]
        assert server.http.delete(f"/v1/artifacts/versions/{version['id']}").status_code == 200
        assert server.services.transfers.sweeper.sweep() == 3
        assert server.services.transfers._objects.list("artifacts") == []
