"""Sealed secrets and the key they are sealed with."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bottega.store.secrets import SealBroken, SecretBox

BOX = SecretBox(b"k" * 32)
PURPOSE = "access key"


@given(plain=st.text())
@settings(max_examples=30)
def test_what_was_sealed_is_unsealed(plain: str) -> None:
    assert BOX.unseal(BOX.seal(plain, PURPOSE), PURPOSE) == plain


@given(plain=st.binary())
@settings(max_examples=30)
def test_bytes_need_not_be_text(plain: bytes) -> None:
    assert BOX.unseal_bytes(BOX.seal_bytes(plain, PURPOSE), PURPOSE) == plain


def test_the_same_text_is_sealed_differently_each_time_and_never_shows() -> None:
    sealed = {BOX.seal("hunter2", PURPOSE) for _ in range(20)}
    assert len(sealed) == 20
    assert not any(b"hunter2" in one for one in sealed)


def test_a_text_sealed_for_one_purpose_serves_no_other() -> None:
    with pytest.raises(SealBroken, match=r"^cannot unseal agent key: "):
        BOX.unseal(BOX.seal("hunter2", PURPOSE), "agent key")


def test_another_master_key_unseals_nothing() -> None:
    with pytest.raises(SealBroken, match=r"wrong master key or changed data"):
        SecretBox(b"x" * 32).unseal(BOX.seal("hunter2", PURPOSE), PURPOSE)


def test_a_change_of_any_byte_is_noticed() -> None:
    sealed = BOX.seal("hunter2", PURPOSE)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(SealBroken):
            BOX.unseal(bytes(changed), PURPOSE)


@pytest.mark.parametrize(
    "cut",
    [b"", b"short", BOX.seal("hunter2", PURPOSE)[:-1], b"\0" * 12],
    ids=["nothing", "short", "without its end", "only a nonce"],
)
def test_what_was_cut_is_noticed(cut: bytes) -> None:
    with pytest.raises(SealBroken) as refused:
        BOX.unseal(cut, PURPOSE)
    assert "hunter2" not in str(refused.value)


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    before = os.umask(0)
    try:
        sealed = SecretBox.open(path).seal("hunter2", PURPOSE)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SecretBox.open(path).unseal(sealed, PURPOSE) == "hunter2"
    assert [place.name for place in tmp_path.iterdir()] == ["master.key"]


def test_all_who_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    with ThreadPoolExecutor(8) as threads:
        boxes = list(threads.map(lambda _number: SecretBox.open(path), range(8)))
    sealed = boxes[0].seal("hunter2", PURPOSE)
    assert {box.unseal(sealed, PURPOSE) for box in boxes} == {"hunter2"}


def test_a_damaged_key_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    for content in (b"", b"k" * 31, b"k" * 33):
        path.write_bytes(content)
        with pytest.raises(
            SealBroken, match=rf"is damaged: a master key has 32 bytes, it has {len(content)}"
        ):
            SecretBox.open(path)
        assert path.read_bytes() == content


def test_a_key_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    SecretBox.open(path)
    path.chmod(0o644)
    with pytest.raises(SealBroken, match=r"is open to everybody on this host \(mode 0644\): run chmod 600"):
        SecretBox.open(path)
    path.chmod(0o640)
    SecretBox.open(path)
