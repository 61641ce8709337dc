"""What is told of a file's content before anybody analyses it."""

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bottega.check.scanning.content import read

MOST = 8
_LINES = st.lists(st.integers(0, MOST + 2), max_size=8)


@given(lengths=_LINES, ends=st.booleans())
def test_a_file_with_a_line_that_is_too_long_is_called_generated(
    lengths: list[int], ends: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "lines"
    file.write_bytes(b"\n".join(b"x" * length for length in lengths) + b"\n" * ends)
    reason = read(file, size=1, max_bytes=1000, max_line=MOST).reason
    longest = max(lengths, default=0)
    assert reason == (f"a line of {longest} bytes: generated code" if longest > MOST else "")


@given(
    size=st.integers(0, 300_000),
    told=st.sampled_from([0, 1, 65_536, 70_000, 300_000]),
    most=st.integers(0, 300_001),
)
def test_a_file_is_read_to_its_end_whatever_its_size_was_said_to_be(
    size: int, told: int, most: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = random.Random(size).randbytes(size).replace(b"\0", b" ")
    file = tmp_path_factory.getbasetemp() / "sizes"
    file.write_bytes(content)
    found = read(file, size=min(told, most), max_bytes=most, max_line=1_000_000)
    if len(content) > most:
        assert found.reason == f"larger than {most} bytes"
    else:
        assert found.sha256 == hashlib.sha256(content).hexdigest()
