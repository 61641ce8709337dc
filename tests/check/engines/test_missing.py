"""Analysers that are not there."""

import re
from pathlib import Path

import pytest

from bottega.check.engines import ENGINES
from bottega.check.engines.base import EngineMissing


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_that_is_missing_says_how_to_get_it(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BOTTEGA_NODE_FOLDER", str(tmp_path))
    monkeypatch.delenv("BOTTEGA_PMD_HOME", raising=False)
    monkeypatch.setattr("shutil.which", lambda *_args, **_more: None)
    with pytest.raises(EngineMissing, match=re.escape(ENGINES[name].install)):
        ENGINES[name].locate()


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_is_listed_by_its_own_name(name: str) -> None:
    assert ENGINES[name].name == name
