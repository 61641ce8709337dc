"""Where analysers are, and in which version."""

import sys
from pathlib import Path

import pytest

from bottega.check.engines import ENGINES
from bottega.check.engines.base import EngineMissing
from bottega.check.engines.locating import version_of
from bottega.check.scanning import duplicates

FROM_WHEELS = {
    "jscpd": duplicates.locate,
    **{
        name: ENGINES[name].locate
        for name in ("astgrep", "bandit", "pylint", "ruff", "sqlfluff", "yamllint", "zizmor")
    },
}


@pytest.mark.parametrize("name", FROM_WHEELS)
def test_the_records_of_a_wheel_say_what_its_program_would(name: str) -> None:
    try:
        located = FROM_WHEELS[name]()
    except EngineMissing as error:
        pytest.skip(str(error))
    assert located.version == version_of([located.command[0], "--version"])


def test_a_program_that_a_wheel_brought_along_is_not_run_for_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ruff"
    program.write_text("#!/bin/sh\necho 99.0\n")
    program.chmod(0o755)
    assert version_of([str(program), "--version"], package="ruff") == "99.0"
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert version_of([str(program), "--version"], package="ruff") != "99.0"
    assert version_of([str(program), "--version"], package="no-such-wheel") == "99.0"
    with pytest.raises(EngineMissing, match="outdated"):
        version_of([str(program), "--version"], (99,), package="ruff")
