"""When the disk counts as low, measured on the real one."""

import shutil
from pathlib import Path

import pytest

from bottega.runs.disk import refusal, shortage
from bottega.settings import RetentionSettings


def kept(min_free_bytes: int = 0, min_free_percent: float = 0.0) -> RetentionSettings:
    return RetentionSettings(min_free_bytes=min_free_bytes, min_free_percent=min_free_percent)


def test_a_disk_with_room_is_no_reason(tmp_path: Path) -> None:
    assert shortage(tmp_path, kept()) == ""
    assert refusal(tmp_path, kept()) == ""


@pytest.mark.parametrize("setting", ["min_free_bytes", "min_free_percent"])
def test_a_low_disk_says_how_much_is_free_and_which_setting_wants_more(tmp_path: Path, setting: str) -> None:
    by_bytes = setting == "min_free_bytes"
    settings = kept(min_free_bytes=2**60) if by_bytes else kept(min_free_percent=99.999999999)
    wanted = 2**60 if by_bytes else shutil.disk_usage(tmp_path).total
    said = shortage(tmp_path, settings)
    assert "GiB free, " in said
    assert said.endswith(f"{wanted / 1024**3:.1f} GiB are kept free (retention.{setting})")
    assert refusal(tmp_path, settings) == f"the disk of the data folder is low: {said}"
