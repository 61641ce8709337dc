"""Scripts of others come from npm as they are pinned; without them pages do without."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from bottega.console import pages
from bottega.console.bringing_in import bring_in, htmx
from bottega.npm import NpmFailed
from tests.console.conftest import Visitor

ANSWERS = '#!/bin/sh\n[ "$1" = view ] && exit 0\n'
"""An npm whose registry is within reach."""


def test_without_npm_the_reason_is_said_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NpmFailed, match="npm is not installed"):
        bring_in(tmp_path / "vendor")
    assert not (tmp_path / "vendor").exists()


def test_what_npm_says_when_it_fails_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = tmp_path / "npm"
    failing.write_text(
        f"{ANSWERS}echo first >&2\necho 'network is unreachable' >&2\nexit 1\n",
    )
    failing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(NpmFailed, match=r"^network is unreachable$"):
        bring_in(tmp_path / "vendor")


def test_what_is_there_is_not_asked_for_again_and_old_versions_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools, vendor, counted = tmp_path / "tools", tmp_path / "vendor", tmp_path / "counted"
    tools.mkdir()
    vendor.mkdir()
    (vendor / "htmx-1.0.min.js").write_text("old")
    npm = tools / "npm"
    npm.write_text(
        f'{ANSWERS}echo "$*" >> {counted}\nmkdir -p node_modules/htmx.org/dist\n'
        "echo new > node_modules/htmx.org/dist/htmx.min.js\n"
    )
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/bin:/usr/bin")
    bring_in(vendor)
    bring_in(vendor)
    assert [each.name for each in vendor.iterdir()] == [htmx().name]
    assert htmx(vendor).read_text() == "new\n"
    said = counted.read_text().splitlines()
    assert len(said) == 1
    assert "--ignore-scripts" in said[0]


def test_what_is_pinned_is_pinned_by_digest() -> None:
    locked = json.loads(htmx().parents[2].joinpath("packages", "package-lock.json").read_bytes())["packages"]
    others = {name: one for name, one in locked.items() if name}
    assert list(others) == ["node_modules/htmx.org"]
    assert others["node_modules/htmx.org"]["integrity"].startswith("sha512-")


@pytest.mark.skipif(shutil.which("npm") is None or not htmx().is_file(), reason="htmx was not brought in")
def test_pages_load_it_where_it_is(mine: Visitor) -> None:
    place = f"/console/static/vendor/{htmx().name}"
    assert f'src="{place}"' in mine.get("/console")
    served = mine.http.get(place)
    assert hashlib.sha256(served.content).digest() == hashlib.sha256(htmx().read_bytes()).digest()
    assert "javascript" in served.headers["content-type"]


def test_without_it_pages_name_no_script_that_is_not_there(
    mine: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "htmx", lambda: htmx(tmp_path))
    pages.environment.cache_clear()
    try:
        page = mine.get("/console/builds")
    finally:
        pages.environment.cache_clear()
    assert "/vendor/" not in page
    assert "<button>Show</button>" in page
