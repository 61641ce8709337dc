"""Logs are kept for a time; then they are deleted, and whoever asks for one is told so."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bottega.app import Services
from bottega.clock import epoch_ms
from bottega.errors import Unavailable
from bottega.runs import sealing
from bottega.runs.logs.reader import LogGone
from bottega.runs.sealing import DAY_MS, Sealing
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.objects import open_objects
from tests.build.api.test_records import stage
from tests.build.api.test_runs import new_task, record
from tests.build.harness import Server, end_run
from tests.runs.conftest import Layer
from tests.runs.places import STAMP, Place
from tests.support.buckets import Buckets
from tests.support.databases import seed_project, seed_tenant

KEEP_DAYS = 30


def days_ago(days: float) -> int:
    return epoch_ms() - int(days * DAY_MS)


@pytest.fixture
def place(layer: Layer, tmp_path: Path) -> Iterator[Place]:
    yield Place(layer, open_objects("", tmp_path / "objects", {}))
    layer.live.close()


def test_logs_older_than_the_limit_are_deleted_and_their_records_stay(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "BATCH", 2)
    old = [place.finished(finished_at=days_ago(KEEP_DAYS + 1 + number)) for number in range(5)]
    young = place.finished(finished_at=days_ago(KEEP_DAYS - 1))
    place.sealing.seal_finished()
    assert place.sealing.delete_expired(KEEP_DAYS) == 5
    assert place.sealing.delete_expired(KEEP_DAYS) == 0
    assert {name.rsplit("/")[-1].partition(".")[0] for name in place.objects.list()} == {young}
    for run_id in old:
        row = place.layer.row(run_id)
        assert (row.state, row.log_deleted, row.log_size) == ("SUCCESS", True, 0)
        for read in (place.reader.page, lambda run, _start: place.reader.stream(run)):
            with pytest.raises(LogGone, match=rf"^the log of build {row.number} was deleted: it is older"):
                read(row, 0)
    assert place.text(young).endswith("hello\n")


def test_a_log_that_is_not_sealed_yet_is_kept_whatever_its_age(place: Place) -> None:
    run_id = place.finished(finished_at=days_ago(1000))
    assert place.sealing.delete_expired(KEEP_DAYS) == 0
    assert place.text(run_id).endswith("hello\n")


def test_what_the_object_store_could_not_delete_is_deleted_later(
    layer: Layer, buckets: Buckets, tmp_path: Path
) -> None:
    bucket = buckets.new()
    place = Place(layer, open_objects(bucket.url, tmp_path, {**bucket.options, "connect_timeout": "1s"}))
    run_id = place.finished(finished_at=days_ago(KEEP_DAYS + 1))
    place.sealing.seal_finished()
    buckets.stop()
    try:
        with pytest.raises(Unavailable):
            place.sealing.delete_expired(KEEP_DAYS)
    finally:
        buckets.start()
    assert not layer.row(run_id).log_deleted
    assert place.sealing.delete_expired(KEEP_DAYS) == 1
    assert place.objects.list() == []
    layer.live.close()


@pytest.fixture
def server(sqlite_url: str, tmp_path: Path) -> Iterator[Server]:
    settings = Settings(data_dir=str(tmp_path / "data"))
    settings.database.url = sqlite_url
    services = Services(settings)
    server = Server(services, {"alice": seed_tenant(services.database, "first")})
    yield server
    server.stop()


def test_a_user_who_asks_for_a_deleted_log_is_told_what_became_of_it(server: Server) -> None:
    database: Database = server.services.database
    job_id = new_task(server, seed_project(database, server.callers["alice"]))
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    record_id = str(record(server, job_id, 1)["id"])
    server.live.append(record_id, 0, STAMP + b"hello\n")
    stages = [stage("stage1", "success", 1, 2, log_end=10)]
    end_run(database, record_id, "SUCCESS", finished_at=days_ago(100), stages=stages, log_size=50)
    work = Sealing(database, server.live, server.services.sealed_logs, server.services.replica_id)
    reads: dict[str, Callable[[], int]] = {
        path: lambda path=path: server.http.get(path).status_code
        for path in (
            f"/v1/log/{job_id}/1/real-time-log?size=100",
            f"/v3/jobs/{job_id}/1/real-time-log",
            f"/v4/{record_id}/download-log",
            f"/v4/{record_id}/task-log?task_name=stage1",
        )
    }
    assert work.seal_finished() == 1
    assert {path: read() for path, read in reads.items()} == dict.fromkeys(reads, 200)
    assert work.delete_expired(KEEP_DAYS) == 1
    for path in reads:
        answer = server.http.get(path)
        body = answer.json()
        assert answer.status_code == 422, path
        assert body["error_code"] == ("CB.00031006" if path.startswith("/v3") else "DEVCB.00031006")
        assert body["error_msg"] == (
            "the log of build 1 was deleted: it is older than retention.logs_days; the record stays"
        )
    assert record(server, job_id, 1)["status"] == "SUCCESS"
