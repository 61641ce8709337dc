"""What a merge request brings is told from what its target has already, wherever that has moved."""

from pathlib import Path

import pytest

from bottega.check.scanning.newcomers import keep_newcomers
from bottega.check.scanning.plan import ScanResult
from tests.check.scanning.folders import Marker, choice, scanned, write

OLD = {"app.py": "def sell():\n    bad = price_of(apples)\n    return bad + 1\n"}


def _found(folder: Path, files: dict[str, str], engine: Marker) -> ScanResult:
    folder.mkdir(parents=True)
    write(folder, files)
    return scanned(folder, choice("marker", "MARK"), engines=[engine])


def _new(tmp_path: Path, files: dict[str, str]) -> list[tuple[str, int]]:
    base, now = _found(tmp_path / "base", OLD, Marker()), _found(tmp_path / "now", files, Marker())
    keep_newcomers(now, base)
    assert now.limits == []
    return [(one.path, one.line) for one in now.findings]


def test_what_moved_or_was_renamed_is_not_new_and_another_finding_is(tmp_path: Path) -> None:
    moved = "import sys\n\n\n" + OLD["app.py"]
    assert _new(tmp_path / "moved", {"app.py": moved}) == []
    assert _new(tmp_path / "renamed", {"shop.py": OLD["app.py"]}) == []
    more = OLD["app.py"] + "\n\ndef buy():\n    return bad * 2\n"
    assert _new(tmp_path / "more", {"app.py": more}) == [("app.py", 7)]


@pytest.mark.parametrize("cut", ["base", "now"])
def test_where_not_all_files_were_listed_none_was_renamed(tmp_path: Path, cut: str) -> None:
    files = {"app.py": "bad = 1\n"}
    sides = {
        "base": _found(tmp_path / "base", files, Marker()),
        "now": _found(tmp_path / "now", {"shop.py": files["app.py"]}, Marker()),
    }
    sides[cut].complete = False
    assert keep_newcomers(sides["now"], sides["base"]) == 0
    assert [one.path for one in sides["now"].findings] == ["shop.py"]


def test_a_finding_in_a_line_that_was_changed_is_new(tmp_path: Path) -> None:
    changed = OLD["app.py"].replace("price_of(apples)", "price_of(apples, pears)")
    assert _new(tmp_path / "changed", {"app.py": changed}) == [("app.py", 2)]


def test_an_engine_that_could_not_look_at_the_target_is_told(tmp_path: Path) -> None:
    broken = Marker()
    broken.missing = "marker is not installed"
    base, now = _found(tmp_path / "base", OLD, broken), _found(tmp_path / "now", OLD, Marker())
    keep_newcomers(now, base)
    assert len(now.findings) == 2
    assert now.limits == [
        "marker was missing for the state that was compared with: what it found may be older"
    ]
