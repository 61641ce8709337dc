"""Archives that are packed while they are read."""

import io
import tracemalloc
import zipfile
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from bottega.runs.logs.zipped import zipped

AT_MS = 1_767_225_600_000
MIB = 1024**2


def opened(pieces: Iterator[bytes]) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(pieces)))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=5))
def test_an_archive_holds_what_went_in(content: list[bytes]) -> None:
    whole = b"".join(content)
    with opened(zipped("7-build.log", content, size=len(whole), at_ms=AT_MS)) as archive:
        assert archive.namelist() == ["7-build.log"]
        assert archive.testzip() is None
        assert archive.read("7-build.log") == whole
        assert archive.infolist()[0].date_time == (2026, 1, 1, 0, 0, 0)


def test_an_archive_of_much_text_is_small_and_made_in_little_memory() -> None:
    line = b"[2026/01/01 00:00:00.000 GMT+08:00] [INFO] line of a build that says a lot\n"
    piece = line * (MIB // 4 // len(line))
    written = 0
    tracemalloc.start()
    try:
        for packed in zipped("build.log", (piece for _ in range(80)), size=20 * MIB, at_ms=AT_MS):
            written += len(packed)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert written < 2 * MIB
    assert peak < 2 * MIB


def test_nothing_is_read_before_it_is_asked_for_and_no_more_after_it_is_given_up() -> None:
    read: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(100):
            read.append(number)
            yield bytes([number]) * MIB

    packed = zipped("build.log", pieces(), size=100 * MIB, at_ms=AT_MS)
    assert read == []
    next(packed)
    packed.close()  # type: ignore[attr-defined]
    assert len(read) < 100


def test_a_log_that_grew_beyond_its_announced_size_is_still_whole() -> None:
    with opened(zipped("build.log", [b"a" * MIB], size=10, at_ms=AT_MS)) as archive:
        assert archive.read("build.log") == b"a" * MIB


def test_a_time_that_no_archive_can_show_does_no_harm() -> None:
    for at_ms, year in ((-(2**53), 1980), (0, 1980), (2**53, 2107)):
        with opened(zipped("build.log", [b"x"], size=1, at_ms=at_ms)) as archive:
            assert archive.infolist()[0].date_time[0] == year
