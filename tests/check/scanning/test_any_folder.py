import os
import shutil
import tempfile
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from bottega.check.scanning.plan import ScanResult
from bottega.check.scanning.result_file import pack, unpack
from tests.check.scanning.folders import CODE, Marker, choice, scanned

_PIECE = st.one_of(
    st.binary(min_size=1, max_size=12).filter(lambda name: not {b"/", b"\0"} & {bytes([b]) for b in name}),
    st.sampled_from([b"a", b"a b", b"-rf", b"x\ny", b"caf\xe9", b"*", b"..."]),
).filter(lambda name: name not in {b".", b".."})
_SUFFIX = st.sampled_from([b".py", b".c", b".js", b".vue", b".html", b".yml", b".sql", b"", b".png"])
_CONTENT = st.one_of(
    st.binary(max_size=80),
    st.sampled_from(
        [
            b"bad\n",
            b"def f(:\n  bad",
            b"\xff\xfeb\x00a\x00d\x00",
            b"\xef\xbb\xbfbad = 1\r\n",
            b"#!/bin/sh\nbad",
            b"(" * 3000 + b"bad",
            b"<script>bad(",
            b"\r\r\rbad",
        ]
    ),
)


_FILES = st.lists(st.tuples(st.lists(_PIECE, min_size=1, max_size=3), _SUFFIX, _CONTENT), max_size=6)


@settings(max_examples=12)
@given(_FILES)
def test_nothing_in_a_folder_ends_a_scan(files: list[tuple[list[bytes], bytes, bytes]]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="bottega-any-"))
    try:
        for parts, suffix, content in files:
            file = os.path.join(os.fsencode(folder), *parts) + suffix  # noqa: PTH118
            try:
                os.makedirs(os.path.dirname(file), exist_ok=True)  # noqa: PTH103, PTH120
                Path(os.fsdecode(file)).write_bytes(content)
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                continue
        result = scanned(
            folder, choice("marker", CODE), choice("marker", CODE, language="C++"), engines=[Marker()]
        )
    finally:
        shutil.rmtree(folder)
    assert msgspec.msgpack.encode(unpack(pack(result))) == msgspec.msgpack.encode(result)
    assert isinstance(result, ScanResult)
    paths = {file.path for file in result.files}
    assert all(finding.path in paths and finding.line > 0 for finding in result.findings)
    assert all(file.engines or file.unread or file.skipped for file in result.files if takes(file.languages))


def takes(languages: tuple[str, ...]) -> bool:
    return bool({"PYTHON", "C++"} & set(languages))
