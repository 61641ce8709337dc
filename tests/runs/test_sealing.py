"""Finished logs move into the object store, whatever goes wrong in between."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bottega.clock import epoch_ms
from bottega.errors import Unavailable
from bottega.ids import new_uuid
from bottega.runs import sealing
from bottega.runs.logs.live import LiveLogs
from bottega.runs.logs.reader import LogReader
from bottega.runs.sealing import DAY_MS
from bottega.runs.states import RunState
from bottega.store.objects import open_objects
from tests.runs.conftest import Layer
from tests.runs.places import STAMP, Place
from tests.support.buckets import Buckets


@pytest.fixture
def place(layer: Layer, tmp_path: Path) -> Iterator[Place]:
    yield Place(layer, open_objects("", tmp_path / "objects", {}))
    layer.live.close()


def test_a_finished_log_is_sealed_and_its_live_file_removed(place: Place) -> None:
    run_id = place.finished(STAMP + b"hello\n" * 3)
    assert place.sealing.seal_finished() == 1
    row = place.layer.row(run_id)
    assert (row.log_sealed, row.log_size) == (True, len(STAMP) + 18)
    assert not place.has_live(run_id)
    assert place.text(run_id).endswith("hello\nhello\nhello\n")
    assert place.sealing.seal_finished() == 0


def test_a_log_that_is_empty_is_sealed_as_such(place: Place) -> None:
    run_id = place.finished(b"")
    place.sealing.seal_finished()
    assert place.layer.row(run_id).log_sealed
    assert place.text(run_id) == ""


def test_only_what_this_replica_recorded_is_sealed(place: Place) -> None:
    mine, nobodys = place.finished(), place.finished(recorder_id=None)
    others = place.finished(recorder_id="another")
    running = place.finished(state=RunState.RUNNING, finished_at=None)
    assert place.sealing.seal_finished() == 2
    assert [place.layer.row(run_id).log_sealed for run_id in (mine, nobodys, others, running)] == [
        True,
        True,
        False,
        False,
    ]


def test_one_pass_seals_more_than_a_batch(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 3)
    # Some end in the same millisecond.
    now = epoch_ms()
    runs = [place.finished(finished_at=now + number // 4) for number in range(10)]
    writes = place.layer.database.write_transactions
    assert place.sealing.seal_finished() == 10
    assert place.layer.database.write_transactions - writes == 4
    assert all(place.layer.row(run_id).log_sealed for run_id in runs)


def test_a_log_that_cannot_be_read_does_not_keep_the_others_from_being_sealed(place: Place) -> None:
    broken = place.finished(b"", finished_at=1)
    place.live.path(broken).parent.mkdir(exist_ok=True)
    place.live.path(broken).mkdir()
    good = [place.finished() for _ in range(3)]
    with capture_logs() as told:
        for _ in range(3):
            place.sealing.seal_finished()
    assert [(one["event"], one["run_id"]) for one in told] == [
        ("log cannot be sealed; it is tried again", broken)
    ]
    assert all(place.layer.row(run_id).log_sealed for run_id in good)
    assert not place.layer.row(broken).log_sealed
    place.live.path(broken).rmdir()
    assert place.sealing.seal_finished() == 1


def test_a_crash_after_the_log_was_stored_and_before_the_row_says_so_is_repaired(place: Place) -> None:
    run_id = place.finished()
    place.sealed.seal(place.layer.caller.tenant_id, run_id, iter([STAMP + b"hello\n"]))
    assert place.text(run_id).endswith("hello\n")
    assert place.sealing.seal_finished() == 1
    assert place.text(run_id).endswith("hello\n")
    assert not place.has_live(run_id)


def test_a_crash_after_the_row_says_so_and_before_the_live_file_is_removed_is_repaired(place: Place) -> None:
    sealed, running = place.finished(), place.finished(state=RunState.RUNNING, finished_at=None)
    place.sealing.seal_finished()
    place.live.append(sealed, 0, STAMP + b"hello\n")
    unknown, just_made = new_uuid(), new_uuid()
    for run_id in (unknown, just_made):
        place.live.append(run_id, 0, b"x")
    os.utime(place.live.path(unknown), (0, (epoch_ms() - 2 * DAY_MS) / 1000))
    assert place.sealing.remove_leftovers() == 2
    assert [place.has_live(run_id) for run_id in (sealed, running, unknown, just_made)] == [
        False,
        True,
        False,
        True,
    ]


def test_a_reader_whose_row_is_older_than_the_seal_reads_the_whole_log(place: Place) -> None:
    run_id = place.finished()
    before = place.layer.row(run_id)
    place.sealing.seal_finished()
    page = place.reader.page(before, 0)
    assert (page.text.endswith("hello\n"), page.complete) == (True, True)
    assert b"".join(place.reader.stream(before)).endswith(b"hello\n")


def test_another_replica_does_not_take_an_unsealed_log_for_an_empty_one(place: Place, tmp_path: Path) -> None:
    run_id = place.finished()
    elsewhere = LogReader(LiveLogs(tmp_path / "elsewhere"), place.sealed)
    page = elsewhere.page(place.layer.row(run_id), 0)
    assert (page.text, page.end, page.complete) == ("", 0, False)
    with pytest.raises(Unavailable, match=r"^the log of build 1 is being stored; ask again in a moment$"):
        elsewhere.stream(place.layer.row(run_id))
    place.sealing.seal_finished()
    page = elsewhere.page(place.layer.row(run_id), 0)
    assert (page.text.endswith("hello\n"), page.complete) == (True, True)
    assert b"".join(elsewhere.stream(place.layer.row(run_id))).endswith(b"hello\n")


def test_sealing_goes_on_once_the_object_store_is_back(
    layer: Layer, buckets: Buckets, tmp_path: Path
) -> None:
    bucket = buckets.new()
    place = Place(layer, open_objects(bucket.url, tmp_path, {**bucket.options, "connect_timeout": "1s"}))
    runs = [place.finished(finished_at=epoch_ms() + number) for number in range(3)]
    buckets.stop()
    try:
        with pytest.raises(Unavailable):
            place.sealing.seal_finished()
        assert all(place.has_live(run_id) for run_id in runs)
        # Nobody who reads the log notices.
        assert place.text(runs[0]).endswith("hello\n")
    finally:
        buckets.start()
    assert place.sealing.seal_finished() == 3
    assert not any(place.has_live(run_id) for run_id in runs)
    assert place.text(runs[0]).endswith("hello\n")
    buckets.stop()
    try:
        for read in (place.reader.page, lambda run, _start: place.reader.stream(run)):
            with pytest.raises(Unavailable, match=r"^the object store cannot be used at present$"):
                read(layer.row(runs[1]), 0)
    finally:
        buckets.start()
    layer.live.close()
