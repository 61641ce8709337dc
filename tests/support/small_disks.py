"""Disks of some megabytes, to be filled."""

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.waiting import eventually


class SmallDisk:
    """A tmpfs at ``place``."""

    def __init__(self, place: Path, size: str) -> None:
        place.mkdir(parents=True, exist_ok=True)
        done = _mount("-t", "tmpfs", "-o", f"size={size},mode=0711", "tmpfs", str(place))
        if done.returncode:
            pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
        self.place = place

    def resize(self, size: str) -> None:
        assert _mount("-o", f"remount,size={size}", str(self.place)).returncode == 0

    def fill(self) -> Path:
        """Take all that is free; returns the file to remove."""
        ballast = self.place / "ballast"
        with contextlib.suppress(OSError), ballast.open("ab", buffering=0) as file:
            while True:
                file.write(b"x" * 65536)
        with contextlib.suppress(OSError), ballast.open("ab", buffering=0) as file:
            while True:
                file.write(b"x" * 512)
        return ballast

    def unmount(self) -> None:
        command = ["umount", str(self.place)]
        eventually(lambda: subprocess.run(command, check=False, capture_output=True).returncode == 0, 20)


def _mount(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["mount", *arguments], check=False, capture_output=True, text=True)


@pytest.fixture
def make_small_disk() -> Iterator[Callable[[Path, str], SmallDisk]]:
    """Ask for it before whatever uses the disk, so that it is unmounted last."""
    made: list[SmallDisk] = []

    def make(place: Path, size: str) -> SmallDisk:
        disk = SmallDisk(place, size)
        made.append(disk)
        return disk

    yield make
    for disk in reversed(made):
        disk.unmount()
