"""Where analysers from npm are looked for, and what is said when they are not there."""

import json
import shutil
import socket
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


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_a_registry_that_does_not_answer_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bottega.npm._REACH_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        with pytest.raises(EngineFailed, match="out of reach"):
            install(tmp_path / "node")
    assert not (tmp_path / "node").exists()
