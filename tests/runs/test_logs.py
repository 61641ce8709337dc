"""Reading logs: pages add up to the whole, live and sealed."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bottega.runs.logs.live import Gap, LiveLogs
from bottega.runs.logs.reader import LogGone, LogReader, without_debug
from bottega.runs.logs.sealed import FRAME_BYTES, SealedLogs
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from bottega.store.objects import open_objects

TENANT = "t" * 32
RUN = "aaaaaaaa-0000-0000-0000-000000000000"
STAMP = b"[2026/01/01 00:00:00.000 GMT+08:00] "

lines = st.lists(
    st.tuples(st.sampled_from([b"[INFO] ", b"[DEBUG] ", b"[WARN] "]), st.text(max_size=30)).map(
        lambda pair: STAMP + pair[0] + pair[1].replace("\n", " ").replace("\r", " ").encode() + b"\n"
    ),
    max_size=30,
)


class Place:
    def __init__(self, folder: Path) -> None:
        self.live = LiveLogs(folder / "live")
        self.sealed = SealedLogs(open_objects("", folder / "objects", {}))
        self.reader = LogReader(self.live, self.sealed)

    def store(self, log: bytes, *, sealed: bool, state: RunState = RunState.SUCCESS) -> Run:
        self.live.remove(RUN)
        if sealed:
            self.sealed.seal(TENANT, RUN, iter([log]))
        else:
            self.live.append(RUN, 0, log)
        return Run(id=RUN, tenant_id=TENANT, state=state, log_sealed=sealed, log_size=len(log))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.live.close()


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=lines, sealed=st.booleans(), page_lines=st.integers(1, 7), page_bytes=st.integers(40, 300))
def test_pages_of_any_size_add_up_to_the_download(
    place: Place, content: list[bytes], sealed: bool, page_lines: int, page_bytes: int
) -> None:
    log = b"".join(content)
    run = place.store(log, sealed=sealed)
    text, at = "", 0
    while True:
        page = place.reader.page(run, at, max_lines=page_lines, max_bytes=page_bytes)
        text += page.text
        at = page.end
        if page.complete:
            break
    assert at == len(log)
    assert text.encode() == b"".join(line for line in content if b"] [DEBUG] " not in line[:50])
    assert b"".join(place.reader.stream(run)) == text.encode()
    assert b"".join(place.reader.stream(run, level="DEBUG")) == log


def test_an_unfinished_line_waits_until_it_is_finished(place: Place) -> None:
    run = place.store(STAMP + b"[INFO] whole\n" + STAMP + b"[INFO] par", sealed=False, state=RunState.RUNNING)
    page = place.reader.page(run, 0)
    assert page.text.endswith("whole\n")
    assert not page.complete
    place.live.append(RUN, place.live.size(RUN), b"tial\n")
    assert place.reader.page(run, page.end).text.endswith("partial\n")


def test_a_line_longer_than_a_page_is_cut_between_characters(place: Place) -> None:
    log = ("界" * 70_000).encode()
    run = place.store(log, sealed=False)
    text, at = "", 0
    while at < len(log):
        page = place.reader.page(run, at, max_bytes=100_000)
        text, at = text + page.text, page.end
    assert text == "界" * 70_000


def test_a_page_of_a_sealed_log_crosses_frames(place: Place) -> None:
    line = STAMP + b"[INFO] " + b"x" * 80 + b"\n"
    log = line * (3 * FRAME_BYTES // len(line))
    run = place.store(log, sealed=True)
    start = (FRAME_BYTES // len(line) - 2) * len(line)
    assert place.reader.page(run, start, max_lines=5).text.encode() == line * 5


def test_a_long_sealed_log_is_read_whole_and_from_any_place(place: Place) -> None:
    log = b"".join(STAMP + b"[INFO] line %07d\n" % number for number in range(5 * FRAME_BYTES // 56))
    run = place.store(log, sealed=True)
    assert b"".join(place.reader.stream(run)) == log
    for start in (
        0,
        1,
        FRAME_BYTES - 1,
        FRAME_BYTES,
        3 * FRAME_BYTES + 7,
        len(log) - 1,
        len(log),
        len(log) + 1,
    ):
        for length in (1, FRAME_BYTES, 2 * FRAME_BYTES + 1, len(log)):
            assert place.sealed.read(TENANT, RUN, start, length) == log[start : start + length]
    page = place.reader.page(run, 0, max_bytes=10 * FRAME_BYTES)
    assert (page.text.encode(), page.complete) == (log, True)


def test_a_page_of_few_lines_reads_no_more_of_a_sealed_log_than_it_shows(
    place: Place, tmp_path: Path
) -> None:
    line = STAMP + b"[INFO] " + b"x" * 80 + b"\n"
    log = line * (4 * FRAME_BYTES // len(line))
    run = place.store(log, sealed=True)
    sealed = next((tmp_path / "objects").rglob("*.zst"))
    first = msgspec.json.decode(next((tmp_path / "objects").rglob("*.index.json")).read_bytes())["ends"][0]
    sealed.write_bytes(sealed.read_bytes()[:first])
    assert place.reader.page(run, 0, max_lines=1000).text.encode() == line * 1000


def test_a_log_deleted_by_another_replica_is_said_to_be_gone(place: Place, tmp_path: Path) -> None:
    run = place.store(STAMP + b"[INFO] here\n", sealed=True)
    assert place.reader.page(run, 0).text.endswith("here\n")
    Place(tmp_path).sealed.remove(TENANT, RUN)
    with pytest.raises(LogGone, match=r"is not in the object store any more"):
        place.reader.page(run, 0)


def test_a_log_sealed_again_is_read_as_it_is_now(place: Place) -> None:
    for text in (b"first\n", b"second, and longer\n"):
        run = place.store(text, sealed=True)
        assert place.reader.page(run, 0).text.encode() == text


@given(
    st.lists(
        st.sampled_from(
            [
                STAMP + b"[DEBUG] hidden\n",
                STAMP + b"[DEBUG] \n",
                STAMP + b"[INFO] shown\n",
                STAMP + b"[INFO] about " + STAMP + b"[DEBUG] shown\n",
                b"tool output] [DEBUG] shown\n",
                b"[too short] [DEBUG] shown\n",
                b"\n",
                STAMP + b"[DEBUG] no end",
            ]
        ),
        max_size=8,
    )
)
def test_lines_are_hidden_by_their_beginning_only(content: list[bytes]) -> None:
    text = b"".join(content)
    shown = [
        line
        for line in text.splitlines(keepends=True)
        if not re.match(rb"\[[^\]\n]{23,40}\] \[DEBUG\] ", line)
    ]
    assert without_debug(text) == b"".join(shown)


def test_an_empty_log_is_an_empty_page(place: Place) -> None:
    for sealed in (False, True):
        page = place.reader.page(place.store(b"", sealed=sealed), 0)
        assert (page.text, page.complete) == ("", True)


def test_a_chunk_behind_a_gap_is_refused(place: Place) -> None:
    place.live.append(RUN, 0, b"abc")
    with pytest.raises(Gap) as refused:
        place.live.append(RUN, 5, b"xyz")
    assert refused.value.size == 3
    assert place.live.read(RUN, 0, 10) == b"abc"
