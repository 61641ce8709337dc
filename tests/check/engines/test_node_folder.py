"""Where analysers from npm are looked for, and what is said when they are not there."""

import json
from pathlib import Path

import pytest

from bottega.check.engines.base import EngineFailed, EngineMissing
from bottega.check.engines.node_folder import install, is_complete, package
from bottega.settings import load


def test_a_package_is_found_in_the_folder_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOTTEGA_NODE_FOLDER", str(tmp_path))
    with pytest.raises(
        EngineMissing, match="htmlhint is not installed; get it with: bottega admin install-engines"
    ):
        package("htmlhint")
    found = tmp_path / "node_modules" / "htmlhint"
    found.mkdir(parents=True)
    (found / "package.json").write_text(json.dumps({"version": "1.2.3"}))
    assert package("htmlhint") == (found, "1.2.3")
    assert not is_complete(tmp_path)
    assert load().http.port


def test_without_npm_nothing_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineFailed, match="npm is not installed"):
        install(tmp_path / "node")
