"""What a sandbox is told to show a scan, wherever this Python and the analysers were installed."""

import inspect
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from bottega.build.actions.check_places import find_places
from bottega.check.engines import ENGINES


class Sandboxed:
    """As much of a step's context as finding places asks for: a sandbox that hides folders."""

    uid = None

    def sandbox_path(self, inside: str) -> str:
        return inside

    def wait(self, seconds: float) -> None:
        """The process that is asked goes on meanwhile."""


def _places() -> list[tuple[str, str, bool]]:
    binds = find_places(cast("Any", Sandboxed()), []).binds
    return [(bind.source, bind.target, bind.is_link) for bind in binds]


def test_links_on_the_way_to_this_python_are_shown_as_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sys.executable
    (tmp_path / "second").symlink_to(real)
    (tmp_path / "first").symlink_to("second")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "first"))
    links = [(target, source) for source, target, is_link in _places() if is_link]
    assert (str(tmp_path / "first"), str(tmp_path / "second")) in links
    assert (str(tmp_path / "second"), real) in links


def test_links_within_folders_that_are_shown_are_not_made_again() -> None:
    folders = [target for _, target, is_link in _places() if not is_link]
    links = [target for _, target, is_link in _places() if is_link]
    assert sys.prefix in folders
    assert not [link for link in links if link.startswith(f"{sys.prefix}/")]


def test_an_installation_that_the_workspace_would_hide_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", "/workspace/tools/.venv")
    with pytest.raises(OSError, match="install the agent elsewhere"):
        _places()


def test_engines_with_folders_to_be_shown_are_those_that_say_so() -> None:
    with_folders = {
        name for name, engine in ENGINES.items() if "binds=" in inspect.getsource(type(engine).locate)
    }
    assert with_folders == {name for name, engine in ENGINES.items() if engine.outside}
