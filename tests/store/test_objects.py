"""A folder and a bucket give the same answers."""

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bottega.errors import Unavailable
from bottega.settings import SettingsError
from bottega.store.objects import Objects, open_objects
from tests.support.buckets import Buckets

MIB = 1024 * 1024


@pytest.fixture(params=["folder", "file url", "bucket"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "folder":
        return open_objects("", tmp_path / "objects", {})
    if request.param == "file url":
        return open_objects((tmp_path / "shared folder").as_uri(), tmp_path / "unused", {})
    buckets: Buckets = request.getfixturevalue("buckets")
    bucket = buckets.new()
    return open_objects(bucket.url, tmp_path / "unused", bucket.options)


def test_what_was_put_is_read_back_and_replaced(objects: Objects) -> None:
    for content in (b"first", b"", b"second\0\xff"):
        objects.put("logs/one.bin", content)
        assert objects.get("logs/one.bin") == content


def test_pieces_of_any_size_make_up_one_object(objects: Objects) -> None:
    pieces = [b"a" * 3, b"", b"b" * (6 * MIB), b"c" * (5 * MIB + 1)]
    objects.put("large", iter(pieces))
    assert objects.get("large") == b"".join(pieces)
    objects.put("large", iter([]))
    assert objects.get("large") == b""


def test_an_error_of_whoever_gives_the_pieces_stores_nothing(objects: Objects) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"x" * (6 * MIB)
        raise ZeroDivisionError

    objects.put("kept", b"before")
    for key in ("kept", "folder/fresh"):
        with pytest.raises(ZeroDivisionError):
            objects.put(key, pieces())
    assert objects.list() == ["kept"]
    assert objects.get("kept") == b"before"


def test_a_range_is_cut_at_the_end_of_the_object(objects: Objects) -> None:
    objects.put("ten", b"0123456789")
    ranges = {
        (2, 5): b"234",
        (0, 10): b"0123456789",
        (8, 20): b"89",
        (10, 12): b"",
        (30, 40): b"",
        (4, 4): b"",
    }
    assert {key: objects.get_range("ten", start=key[0], end=key[1]) for key in ranges} == ranges
    objects.put("none", b"")
    assert objects.get_range("none", start=0, end=5) == b""


def test_a_key_is_taken_once(objects: Objects) -> None:
    assert objects.put_new("names/one", b"first")
    assert not objects.put_new("names/one", b"second")
    assert objects.get("names/one") == b"first"
    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(lambda number: objects.put_new("names/two", b"%d" % number), range(8)))
    assert won.count(True) == 1
    assert objects.get("names/two") == b"%d" % won.index(True)


def test_what_is_not_there_is_said_so_and_deleting_it_is_fine(objects: Objects) -> None:
    with pytest.raises(FileNotFoundError, match=r"^no object logs/none$"):
        objects.get("logs/none")
    with pytest.raises(FileNotFoundError, match=r"^no object logs/none$"):
        objects.get_range("logs/none", start=0, end=1)
    objects.delete("logs/none")
    objects.put("logs/some", b"x")
    objects.delete("logs/some")
    objects.delete("logs/some")
    with pytest.raises(FileNotFoundError):
        objects.get("logs/some")


def test_a_list_is_of_one_folder_and_sorted(objects: Objects) -> None:
    names = ["logs/t1/b", "logs/t1/a", "logs/t2/c", "logs/t1/deep/er", "logs/t11/d", "caches/x"]
    for name in names:
        objects.put(name, b"x")
    assert objects.list() == sorted(names)
    assert objects.list("logs/t1") == ["logs/t1/a", "logs/t1/b", "logs/t1/deep/er"]
    assert objects.list("nowhere") == []


@pytest.mark.parametrize(
    "key",
    ["", "/", "..", "../x", "a/../../x", "a/./b", "a/..", "/abs", "a/", "a//b", "a\\..\\b", "a b", "a\0b", "a\n",
     "é", "x#1", "%2e%2e/x", "~root", "a" * 901],
)  # fmt: skip
def test_a_key_that_could_lead_out_of_the_store_is_refused(
    objects: Objects, key: str, tmp_path: Path
) -> None:
    for use in (
        lambda: objects.put(key, b"x"),
        lambda: objects.put_new(key, b"x"),
        lambda: objects.get(key),
        lambda: objects.get_range(key, start=0, end=1),
        lambda: objects.delete(key),
        lambda: objects.list(key or ".."),
    ):
        with pytest.raises(ValueError, match=r"is not a key of the object store"):
            use()
    assert objects.list() == []
    assert [place for place in tmp_path.rglob("*") if place.is_file()] == []


def test_a_folder_is_closed_to_others(tmp_path: Path) -> None:
    objects = open_objects("", tmp_path / "objects", {})
    objects.put("logs/one", b"x")
    assert stat.S_IMODE((tmp_path / "objects").stat().st_mode) == 0o700


def test_a_bucket_that_cannot_be_reached_is_unavailable_and_works_again_later(
    buckets: Buckets, tmp_path: Path
) -> None:
    bucket = buckets.new()
    objects = open_objects(bucket.url, tmp_path, bucket.options)
    objects.put("one", b"x")
    buckets.stop()
    try:
        for use in (lambda: objects.get("one"), lambda: objects.put("two", b"x"), objects.list):
            with pytest.raises(Unavailable) as refused:
                use()
            assert str(refused.value) == "the object store cannot be used at present"
            assert "secret" not in repr(refused.value.__cause__)
    finally:
        buckets.start()
    assert objects.get("one") == b"x"


def test_a_bucket_that_does_not_exist_is_unavailable(buckets: Buckets, tmp_path: Path) -> None:
    objects = open_objects("s3://nothing-here/x", tmp_path, buckets.new().options)
    for use in (lambda: objects.put("one", b"x"), lambda: objects.get("one")):
        with pytest.raises(Unavailable):
            use()


@pytest.mark.parametrize(
    ("url", "options", "told"),
    [
        ("ftp://host/x", {}, "objects.url: expected s3://bucket/prefix or file:///folder"),
        ("nonsense", {}, "objects.url: expected s3://"),
        ("file://host/x", {}, "objects.url: expected s3://"),
        ("file:///proc/none/x", {}, "objects.url: cannot use /proc/none/x: "),
        ("s3://", {}, "objects.url: expected s3://bucket/prefix"),
        ("", {"region": "x"}, "objects.options: a folder takes no options"),
        ("s3://bucket", {"secret": "hunter2"}, "objects.options: 'secret' is unknown; there are access_key_id,"),
        ("s3://bucket", {"timeout": "soon"}, "objects.options: "),
        ("s3://bucket", {"region": "x", "skip_signature": "perhaps"}, "objects.options: "),
    ],
)  # fmt: skip
def test_settings_that_name_no_store_are_refused_by_their_name(
    url: str, options: dict[str, str], told: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as refused:
        open_objects(url, tmp_path / "objects", options)
    assert str(refused.value).startswith(told)
    assert "hunter2" not in str(refused.value)


def test_options_may_be_spelled_as_in_the_environment(buckets: Buckets, tmp_path: Path) -> None:
    bucket = buckets.new()
    spelled = {f"AWS_{name.upper()}": value for name, value in bucket.options.items()}
    open_objects(bucket.url, tmp_path, spelled).put("one", b"x")
    assert open_objects(bucket.url, tmp_path, bucket.options).list() == ["one"]
