import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bottega.local.check import gate
from bottega.local.check.story import INCOMPLETE, NOT_PASSED, PASSED, USAGE, Wishes, check
from bottega.local.errors import LocalError
from tests.check.scanning.folders import write
from tests.support.repositories import Repository


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(
        tmp_path / "code",
        {
            "app/main.py": "def run(x):\n    return eval(x)  # \x1b[2J\n",
            "ok.py": "X = 1\n",
            "broken.py": "def (\n",
        },
    )


def run(folder: Path, **wishes: object) -> int:
    return check(Wishes(folder=folder, **wishes))  # type: ignore[arg-type]


def test_findings_are_shown_with_their_code_and_the_gate_decides(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder) == NOT_PASSED
    said = capsys.readouterr().out
    assert "app/main.py\n" in said
    assert "2:12 serious" in said
    assert "(ruff:S307" in said
    assert ">     2 │     return eval(x)" in said
    assert "\x1b" not in said
    assert "the gate is not passed: 1 serious, at most 0 are allowed" in said
    assert "ruff: partly: 1 of 3 files were not read" in said


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"gate": "serious=1,fatal=9"}, PASSED),
        ({"gate": "none"}, PASSED),
        ({"gate": "serious=0"}, NOT_PASSED),
        ({"ignore": ["app"], "gate": "serious=0"}, PASSED),
        ({"include": ["ok.py"]}, PASSED),
        ({"languages": ["java"]}, PASSED),
        ({"gate": "grave=1"}, USAGE),
        ({"gate": "fatal"}, USAGE),
        ({"level": "all"}, USAGE),
        ({"languages": ["klingon"]}, USAGE),
        ({"engines": ["nobody"]}, USAGE),
        ({"since": "HEAD"}, USAGE),
        ({"sarif": Path("/nowhere/x.sarif")}, USAGE),
    ],
)
def test_exit_codes(folder: Path, wishes: dict[str, object], code: int) -> None:
    assert run(folder, **wishes) == code


def test_a_folder_that_is_none_is_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "nothing") == USAGE
    assert "is not a folder" in capsys.readouterr().err


def test_an_engine_that_fails_makes_the_check_incomplete(folder: Path) -> None:
    write(folder, {"ruff.toml": "what = ["})
    assert run(folder, own_config=True) == INCOMPLETE


def test_sarif_and_json_can_be_written(folder: Path, tmp_path: Path) -> None:
    run(folder, sarif=tmp_path / "out.sarif", json=tmp_path / "out.json", gate="none")
    log = json.loads((tmp_path / "out.sarif").read_text())
    assert {one["ruleId"] for one in log["runs"][0]["results"]} >= {"ruff:S307"}
    assert all(rule["help"]["text"] for rule in log["runs"][0]["tool"]["driver"]["rules"])
    everything = json.loads((tmp_path / "out.json").read_text())
    assert {file["path"] for file in everything["files"]} == {"app/main.py", "ok.py", "broken.py"}


def test_only_what_changed_since_a_commit_is_looked_at_and_nothing_that_git_ignores(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = Repository(tmp_path / "repository")
    before = repository.commit(old__py="eval(1)\n", __gitignore="env/\n")
    write(repository.path, {"new.py": "eval(2)\n", "env/lib.py": "eval(3)\n"})
    assert run(repository.path, since=before) == NOT_PASSED
    said = capsys.readouterr().out
    assert "new.py" in said
    assert "old.py" not in said
    assert "env" not in said
    assert run(repository.path, since="no-such") == USAGE


def test_since_a_commit_only_what_is_new_is_shown_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = Repository(tmp_path / "repository")
    lines = "".join(f"def f{number}():\n    return {number}\n" for number in range(30))
    before = repository.commit(
        edited__py="def old():\n    return eval('1')\n",
        moved__py=lines + "def stays():\n    return eval('2')\n",
        **{"odd name\n.py": "eval('3')\n"},
    )
    (repository.path / "moved.py").rename(repository.path / "elsewhere.py")
    edited = "import sys\n\n\ndef old():\n    return eval('1')\n"
    write(repository.path, {"edited.py": edited, "odd name\n.py": "X = 1\neval('3')\n"})
    assert run(repository.path, since=before) == PASSED
    said = capsys.readouterr().out
    assert "S307" not in said
    assert "3 findings that were there at" in said
    write(repository.path, {"edited.py": edited + "\n\ndef new():\n    return eval('4')\n"})
    assert run(repository.path, since=before) == NOT_PASSED
    said = capsys.readouterr().out
    assert said.count("(ruff:S307") == 1
    assert "return eval('4')" in said


def test_configuration_that_counts_is_that_of_the_commit_for_what_was_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = Repository(tmp_path / "repository")
    quiet = '[lint.per-file-ignores]\n"app.py" = ["S307"]\n'
    before = repository.commit(app__py="eval('1')\n", **{"ruff.toml": quiet})
    write(repository.path, {"ruff.toml": "", "app.py": "eval('1')\nX = 1\n"})
    assert run(repository.path, since=before, own_config=True) == NOT_PASSED
    assert capsys.readouterr().out.count("(ruff:S307") == 1


def test_the_command_itself_says_what_it_does_and_ends_by_the_gate(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bottega", "check", str(folder), "-v", "--gate", "serious=0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == NOT_PASSED, done.stderr
    assert "ruff" in done.stderr


def test_a_gate_is_read_and_judged() -> None:
    limits = gate.read("fatal=0, Hint=2")
    assert gate.faults(limits, gate.Counter({gate.Severity.HINT: 3, gate.Severity.SERIOUS: 9})) == [
        "3 hint, at most 2 are allowed"
    ]
    with pytest.raises(LocalError, match="SEVERITY=NUMBER"):
        gate.read("fatal=-1")


def test_a_scan_is_a_program_of_its_own(folder: Path, tmp_path: Path) -> None:
    from bottega.check.scanning.plan import ScanPlan
    from bottega.check.scanning.result_file import unpack, write_plan
    from tests.check.scanning.folders import choice

    write(folder, {"msgspec.py": "raise SystemExit('imported')\n"})
    write_plan(ScanPlan(choices=[choice("ruff", "S307")]), tmp_path / "plan")
    command = [sys.executable, "-P", "-m", "bottega.check.scanning", str(tmp_path / "plan"), str(folder)]
    done = subprocess.run(
        [*command, str(tmp_path / "result"), "--cache", str(tmp_path / "kept")],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "ruff" in done.stdout
    result = unpack((tmp_path / "result").read_bytes())
    assert [found.rule for found in result.findings] == ["ruff:S307"]
    assert msgspec.msgpack.encode(result)
    assert (tmp_path / "kept").exists()
    (tmp_path / "plan").write_bytes(b"\xc1")
    assert subprocess.run([*command, str(tmp_path / "r")], capture_output=True, check=False).returncode == 1
