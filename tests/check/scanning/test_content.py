"""What is told of a file's content before anybody analyses it."""

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
