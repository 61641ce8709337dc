import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.projects import Builder, Project


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Build users cannot pass through pytest's own folders."""
    made = Path(tempfile.mkdtemp(prefix="bottega-test-"))
    made.chmod(0o711)
    temporary = made / "tmp"
    temporary.mkdir()
    temporary.chmod(0o711)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("XDG_CACHE_HOME", str(made / "cache"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def builder(folder: Path, capfd: pytest.CaptureFixture[str]) -> Builder:
    return Builder(folder, capfd)


@pytest.fixture
def project(folder: Path) -> Project:
    return Project(folder / "project")
