"""What the tests of git share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.scm.origins import Origin
from tests.scm.steps import FolderContext


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    """A repository with one commit on ``main``."""
    made = Origin(tmp_path / "origin")
    made.commit("first", file="one\n", folder__deep="two\n")
    return made


@pytest.fixture
def context(tmp_path: Path) -> Callable[..., FolderContext]:
    """Makes step contexts that share one folder of mirrors."""

    def make(run_id: str = "run1", **fields: Any) -> FolderContext:
        return FolderContext(tmp_path / "agent", run_id, **fields)

    return make
